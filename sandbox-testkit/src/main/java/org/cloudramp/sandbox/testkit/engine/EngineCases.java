package org.cloudramp.sandbox.testkit.engine;

import static org.cloudramp.sandbox.api.engine.Memory.PAGE_BYTES;
import static org.cloudramp.sandbox.testkit.Wasm.ONE_FUNCTION;
import static org.cloudramp.sandbox.testkit.Wasm.TYPE_NOTHING;
import static org.cloudramp.sandbox.testkit.Wasm.bytes;
import static org.cloudramp.sandbox.testkit.Wasm.codeSection;
import static org.cloudramp.sandbox.testkit.Wasm.concat;
import static org.cloudramp.sandbox.testkit.Wasm.export;
import static org.cloudramp.sandbox.testkit.Wasm.module;
import static org.cloudramp.sandbox.testkit.Wasm.repeat;
import static org.cloudramp.sandbox.testkit.Wasm.section;
import static org.cloudramp.sandbox.testkit.Wasm.signed;
import static org.cloudramp.sandbox.testkit.Wasm.u32;
import static org.cloudramp.sandbox.testkit.Wasm.vector;
import static org.cloudramp.sandbox.testkit.engine.EngineAssertions.bits;
import static org.cloudramp.sandbox.testkit.engine.TestHost.host;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.engine.WasmEngineContract.Gap;
import org.junit.jupiter.api.Assumptions;

/** What the parts of {@link WasmEngineContract} are made of. */
interface EngineCases {
  /** Enough for every guest here. */
  InstanceLimits LIMITS = new InstanceLimits(16);

  /** Longer than any call here takes that is meant to come back. */
  Duration PLENTY = Duration.ofSeconds(30);

  /** For calls that are meant not to come back. */
  Duration SHORT = Duration.ofMillis(20);

  /** The engine under test. */
  WasmEngine started();

  /** Another one like it. */
  WasmEngine notStarted();

  /** What it cannot do. */
  Set<Gap> declared();

  /** Closes {@code closeable} after the test. */
  <T extends AutoCloseable> T open(T closeable);

  /** A module compiled by the engine under test, closed after the test. */
  default CompiledModule compile(String guest) {
    return open(started().compile(Guests.wasm(guest)));
  }

  /** An instance of a guest, closed after the test. */
  default Instance instance(String guest, List<HostImport> imports) {
    return open(compile(guest).instantiate(imports, LIMITS));
  }

  /** An instance of a guest without imports, closed after the test. */
  default Instance instance(String guest) {
    return instance(guest, List.of());
  }

  /** The function of that name. */
  default GuestFunction function(Instance instance, String name) {
    return instance.function(name).orElseThrow();
  }

  /** Calls the function of that name, with plenty of time. */
  default long call(Instance instance, String function, long... arguments) {
    return function(instance, function).call(PLENTY, arguments);
  }

  /** All that {@code engine/imports} wants. */
  default List<HostImport> imports() {
    return compile("engine/imports").imports().stream()
        .map(
            wanted ->
                host(
                    wanted,
                    switch (wanted.name()) {
                      case "nothing" -> (memory, arguments) -> 0;
                      case "sum" -> (memory, arguments) -> (int) arguments[0] + arguments[1];
                      case "scale" ->
                          (memory, arguments) ->
                              bits(
                                  Float.intBitsToFloat((int) arguments[0])
                                      * Double.longBitsToDouble(arguments[1]));
                      case "half" ->
                          (memory, arguments) -> bits(Float.intBitsToFloat((int) arguments[0]) / 2);
                      case "negate" -> (memory, arguments) -> -(int) arguments[0];
                      default -> throw new AssertionError(wanted);
                    }))
        .toList();
  }

  /**
   * A module whose only function, {@code fill}, fills all of memory {@code count} times, one after
   * the other; with the byte 7 the last time.
   */
  default byte[] fills(int count, int pages) {
    byte[] all = concat(bytes(0x41), signed(pages * PAGE_BYTES), bytes(0xfc, 0x0b, 0));
    return module(
        TYPE_NOTHING,
        ONE_FUNCTION,
        section(5, vector(concat(bytes(1), u32(pages), u32(pages)))),
        section(7, vector(export("memory", 2, 0), export("fill", 0, 0))),
        codeSection(
            concat(
                repeat(count - 1, concat(bytes(0x41, 0, 0x41, 1), all)),
                concat(bytes(0x41, 0, 0x41, 7), all))));
  }

  /** Leaves out a test of what the engine says that it cannot do. */
  default void assumeNo(Gap gap) {
    if (declared().contains(gap)) {
      printGap(gap);
      Assumptions.abort("declared gap: " + gap);
    }
  }

  /** Says what is not tested. */
  default void printGap(Gap gap) {
    System.out.println("engine " + started().name() + ", declared gap: " + gap);
  }
}
