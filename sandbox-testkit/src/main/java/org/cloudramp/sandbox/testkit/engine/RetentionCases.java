package org.cloudramp.sandbox.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.testkit.Wasm.TYPE_NOTHING;
import static org.cloudramp.sandbox.testkit.Wasm.body;
import static org.cloudramp.sandbox.testkit.Wasm.bytes;
import static org.cloudramp.sandbox.testkit.Wasm.concat;
import static org.cloudramp.sandbox.testkit.Wasm.export;
import static org.cloudramp.sandbox.testkit.Wasm.module;
import static org.cloudramp.sandbox.testkit.Wasm.repeat;
import static org.cloudramp.sandbox.testkit.Wasm.section;
import static org.cloudramp.sandbox.testkit.Wasm.u32;
import static org.cloudramp.sandbox.testkit.Wasm.vector;
import static org.cloudramp.sandbox.testkit.Wasm.vectorOf;

import java.lang.management.ManagementFactory;
import java.util.List;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.testkit.engine.WasmEngineContract.Gap;
import org.junit.jupiter.api.Test;

/** What is kept of a module while it is open, and what the engine says of that. */
interface RetentionCases extends EngineCases {
  @Test
  default void theInstructionsOfAModuleAreNotKeptAsObjects() {
    byte[] megabyte = functions(10, repeat(100_000, bytes(1)));
    open(started().compile(functions(1, bytes()))); // what the first module loads stays
    long before = heapInUse();

    CompiledModule module = open(started().compile(megabyte));

    assertThat(heapInUse() - before).isLessThan(4L * megabyte.length);
    Instance instance = open(module.instantiate(List.of(), LIMITS));
    call(instance, "run");
  }

  @Test
  default void aModuleTakesNoMoreHeapThanItSays() {
    assumeNo(Gap.TELLS_RETAINED_BYTES);
    byte[] wasm = functions(3_000, bytes(0x41, 1, 0x1a));
    open(started().compile(functions(1, bytes())));
    long before = heapInUse();

    CompiledModule module = open(started().compile(wasm));

    assertThat(heapInUse() - before).isLessThanOrEqualTo(module.retainedBytes());
  }

  @Test
  default void whatAModuleTakesGrowsWithItAndIsAlwaysTheSame() {
    assumeNo(Gap.TELLS_RETAINED_BYTES);
    CompiledModule small = open(started().compile(functions(1, bytes())));
    CompiledModule many = open(started().compile(functions(2_000, bytes())));
    CompiledModule large =
        open(started().compile(functions(1, repeat(10_000, bytes(0x41, 1, 0x1a)))));
    CompiledModule data =
        open(
            started()
                .compile(
                    module(
                        section(5, vector(concat(bytes(1), u32(2), u32(2)))),
                        section(
                            11,
                            vector(
                                concat(
                                    bytes(0, 0x41, 0, 0x0b), u32(100_000), new byte[100_000]))))));
    long told = small.retainedBytes();

    assertThat(told).isBetween(1L, 10_000_000L);
    assertThat(many.retainedBytes()).isGreaterThan(told + 2_000 * 100);
    assertThat(large.retainedBytes()).isGreaterThan(told + 30_000);
    assertThat(data.retainedBytes()).isGreaterThan(100_000);
    assertThat(open(started().compile(functions(1, bytes()))).retainedBytes()).isEqualTo(told);
    open(small.instantiate(List.of(), LIMITS));
    assertThat(small.retainedBytes()).isEqualTo(told);
    small.close();
    assertThat(small.retainedBytes()).isEqualTo(told);
  }

  @Test
  default void anEngineThatDoesNotSayWhatAModuleTakesSaysThat() {
    if (declared().contains(Gap.TELLS_RETAINED_BYTES)) {
      assertThat(compile("engine/numbers").retainedBytes()).isEqualTo(CompiledModule.UNKNOWN);
    }
  }

  /** As many functions of the same code; the first is exported as {@code run}. */
  private static byte[] functions(int count, byte[] code) {
    return module(
        TYPE_NOTHING,
        section(3, vectorOf(count, u32(0))),
        section(5, vector(concat(bytes(1), u32(1), u32(1)))),
        section(7, vector(export("memory", 2, 0), export("run", 0, 0))),
        section(10, vectorOf(count, body(vector(), code))));
  }

  private static long heapInUse() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
