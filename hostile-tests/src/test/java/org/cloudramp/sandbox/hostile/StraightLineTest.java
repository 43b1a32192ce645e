package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.cloudramp.sandbox.testkit.Wasm.*;

import java.time.Duration;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.testkit.engine.GuestThread;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Line 35: operations on all of memory in a row, without a loop or a call between them. Behind the
 * gate every engine stops them at the next one, and not at the end of the line.
 */
@Timeout(300)
class StraightLineTest {
  private static final Duration BUDGET = Duration.ofMillis(20);

  /** Takes seconds, on any machine. */
  private static final int OPERATIONS = 3_000;

  private static final int PAGES = 256;
  private static final byte[] HALF = signed(PAGES * 65_536 / 2);

  /** Where a guest writes at the end of its line. */
  private static final int LAST = 4;

  @ParameterizedTest(name = "{1} on {0}")
  @MethodSource
  void isStoppedBeforeItsEnd(String engine, String operation, int pages, byte[] code)
      throws Exception {
    byte[] gated = Engines.gated(straightLine(pages, code));

    int last =
        GuestThread.call(
            () -> {
              try (WasmEngine started = Engines.start(engine);
                  CompiledModule module = started.compile(gated);
                  Instance instance = Engines.instantiate(module, (target, arguments) -> 0)) {
                GuestFunction run = instance.function("run").orElseThrow();
                assertThatExceptionOfType(GuestException.class)
                    .isThrownBy(() -> run.call(BUDGET))
                    .returns(GuestException.Kind.DEADLINE, GuestException::kind);
                return instance.memory().readInt(LAST);
              }
            });

    assertThat(last).as("the mark at the end of the line").isZero();
  }

  static Stream<Arguments> isStoppedBeforeItsEnd() {
    byte[] toUpper = concat(bytes(0x41), HALF, bytes(0x41, 0, 0x41), HALF);
    byte[] toLower = concat(bytes(0x41, 0, 0x41), HALF, bytes(0x41), HALF);
    byte[] fill = concat(bytes(0x41), HALF, bytes(0x41, 0, 0x41), HALF, bytes(0xfc, 0x0b, 0));
    byte[] copy = concat(toUpper, bytes(0xfc, 0x0a, 0, 0));
    byte[] copyDown = concat(toLower, bytes(0xfc, 0x0a, 0, 0));
    Stream<Arguments> bulk =
        Engines.NAMES.stream()
            .flatMap(
                engine ->
                    Stream.of(
                        Arguments.of(engine, "memory.fill", PAGES, repeat(OPERATIONS, fill)),
                        Arguments.of(engine, "memory.copy", PAGES, repeat(OPERATIONS, copy)),
                        Arguments.of(
                            engine,
                            "both, and each in a block of its own",
                            PAGES,
                            repeat(
                                OPERATIONS / 2,
                                concat(
                                    bytes(0x02, 0x40),
                                    fill,
                                    bytes(END, 0x02, 0x40),
                                    copyDown,
                                    bytes(END))))));
    // The other engine grows in place.
    byte[] grow = repeat(PAGES - 1, bytes(0x41, 1, 0x40, 0, 0x1a));
    return Stream.concat(
        bulk,
        Engines.ON_THE_JVM.stream().map(engine -> Arguments.of(engine, "memory.grow", 1, grow)));
  }

  private static byte[] straightLine(int pages, byte[] code) {
    return module(
        TYPE_NOTHING,
        ONE_FUNCTION,
        section(5, vector(concat(bytes(1), u32(pages), u32(PAGES)))),
        section(7, vector(export("memory", 2, 0), export("run", 0, 0))),
        codeSection(concat(code, bytes(0x41, LAST, 0x41, 1, 0x36, 2, 0))));
  }
}
