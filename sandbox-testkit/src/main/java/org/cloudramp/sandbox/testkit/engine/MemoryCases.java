package org.cloudramp.sandbox.testkit.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.cloudramp.sandbox.api.engine.Memory.PAGE_BYTES;
import static org.cloudramp.sandbox.testkit.engine.EngineAssertions.assertOutOfBounds;
import static org.cloudramp.sandbox.testkit.engine.EngineAssertions.text;
import static org.cloudramp.sandbox.testkit.engine.TestHost.host;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.testkit.engine.WasmEngineContract.Gap;
import org.junit.jupiter.api.Test;

/** What the host sees of a guest's memory, its limits, and images of it. */
interface MemoryCases extends EngineCases {
  @Test
  default void hostAndGuestSeeTheSameMemory() {
    Instance instance = instance("engine/memory");
    Memory memory = instance.memory();

    assertThat(memory.pages()).isEqualTo(1);
    assertThat(text(memory, 8, 4)).isEqualTo("wasm");
    memory.writeInt(100, 0x01020304);
    assertThat((int) call(instance, "load", 100)).isEqualTo(0x01020304);
    assertThat((int) call(instance, "load", 101)).isEqualTo(0x00010203);
    call(instance, "store", 65532, -2);
    assertThat(memory.readInt(65532)).isEqualTo(-2);
    memory.write(200, "xguestx".getBytes(US_ASCII), 1, 5);
    assertThat(text(memory, 199, 7)).isEqualTo("\0guest\0");
  }

  @Test
  default void whatIsOutOfBoundsIsRefusedAndHasNoEffect() {
    Instance instance = instance("engine/memory");
    Memory memory = instance.memory();
    byte[] bytes = "0123456789".getBytes(US_ASCII);

    for (int address : new int[] {65533, 65536, Integer.MAX_VALUE, Integer.MIN_VALUE, -4, -1}) {
      assertOutOfBounds(() -> memory.readInt(address));
      assertOutOfBounds(() -> memory.writeInt(address, -1));
    }
    for (int address : new int[] {65527, 65536, Integer.MAX_VALUE, Integer.MIN_VALUE, -10, -1}) {
      assertOutOfBounds(() -> memory.read(address, bytes, 0, 10));
      assertOutOfBounds(() -> memory.write(address, bytes, 0, 10));
    }
    assertOutOfBounds(() -> memory.read(0, bytes, 0, -1));
    assertOutOfBounds(() -> memory.write(0, bytes, 0, -1));
    assertOutOfBounds(() -> memory.read(0, bytes, 5, 6));
    assertOutOfBounds(() -> memory.write(0, bytes, 5, 6));
    assertOutOfBounds(() -> memory.read(0, bytes, -1, 2));
    assertOutOfBounds(() -> memory.write(0, bytes, -1, 2));
    assertOutOfBounds(() -> memory.read(65537, bytes, 0, 0));

    assertThat(bytes).isEqualTo("0123456789".getBytes(US_ASCII));
    assertThat(text(memory, 65520, 16)).isEqualTo("\0".repeat(16));
    assertThat(text(memory, 0, 8)).isEqualTo("\0".repeat(8));
    memory.read(65536, bytes, 0, 0);
    memory.write(65526, bytes, 0, 10);
    assertThat(text(memory, 65526, 10)).isEqualTo("0123456789");
  }

  @Test
  default void memoryGrowsToItsMaximumAndNoFurther() {
    Instance instance = instance("engine/memory");

    assertThat((int) call(instance, "grow", 3)).isEqualTo(1);
    assertThat((int) call(instance, "size")).isEqualTo(4);
    assertThat(instance.memory().pages()).isEqualTo(4);
    assertThat((int) call(instance, "grow", 13)).isEqualTo(-1);
    assertThat((int) call(instance, "grow", -1)).isEqualTo(-1);
    assertThat((int) call(instance, "grow", Integer.MIN_VALUE)).isEqualTo(-1);
    assertThat((int) call(instance, "grow", 12)).isEqualTo(4);
    assertThat((int) call(instance, "grow", 1)).isEqualTo(-1);
    assertThat((int) call(instance, "grow", 0)).isEqualTo(16);
    assertThat(instance.memory().readInt(16 * PAGE_BYTES - 4)).isZero();
  }

  @Test
  default void memoryGrowsToTheLimitOfTheInstance() {
    assumeNo(Gap.CAPS_GROWTH_BY_INSTANCE);
    Instance instance =
        open(compile("engine/memory").instantiate(List.of(), new InstanceLimits(2)));

    assertThat((int) call(instance, "grow", 2)).isEqualTo(-1);
    assertThat((int) call(instance, "grow", 1)).isEqualTo(1);
    assertThat((int) call(instance, "grow", 1)).isEqualTo(-1);
  }

  @Test
  default void aMemoryIsNeverLargerThanTheLimitOfTheInstance() {
    CompiledModule module = compile("engine/three-pages");

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> module.instantiate(List.of(), new InstanceLimits(2)))
        .withMessageContaining("2")
        .returns(ModuleException.Kind.LIMIT, ModuleException::kind);
    assertThat(open(module.instantiate(List.of(), new InstanceLimits(3))).memory().pages())
        .isEqualTo(3);
  }

  @Test
  default void aHostSeesMemoryAsItIsAfterItHasGrown() {
    AtomicInteger calls = new AtomicInteger();
    AtomicReference<Memory> first = new AtomicReference<>();
    HostImport nothing =
        host(
            "host",
            "nothing",
            (memory, arguments) -> {
              first.compareAndSet(null, memory);
              int call = calls.incrementAndGet();
              for (Memory seen : List.of(memory, first.get())) {
                assertThat(seen.pages()).isEqualTo(call);
                assertThat(seen.readInt(call * PAGE_BYTES - 4)).isEqualTo(call);
                seen.writeInt(call * PAGE_BYTES - 8, 10 * call);
                assertOutOfBounds(() -> seen.readInt(call * PAGE_BYTES));
              }
              return 0;
            });
    List<HostImport> imports = new ArrayList<>(imports());
    imports.set(0, nothing);
    Instance instance = instance("engine/imports", imports);
    Memory before = instance.memory();

    call(instance, "growBetweenCalls");

    assertThat(calls).hasValue(2);
    for (Memory memory : List.of(before, instance.memory())) {
      assertThat(memory.readInt(PAGE_BYTES - 8)).isEqualTo(10);
      assertThat(memory.readInt(2 * PAGE_BYTES - 8)).isEqualTo(20);
    }
  }

  @Test
  default void aModuleThatExportsNoMemoryHasNone() {
    AtomicInteger pages = new AtomicInteger(-1);
    HostImport host =
        host(
            "host",
            "call",
            (memory, arguments) -> {
              assertOutOfBounds(() -> memory.readInt(0));
              pages.set(memory.pages());
              return 0;
            });
    Instance instance = instance("engine/no-memory", List.of(host));

    call(instance, "callHost");

    assertThat(pages).hasValue(0);
    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(instance::memory)
        .returns(ModuleException.Kind.UNLINKABLE, ModuleException::kind);
  }

  @Test
  default void anImageRestoresEveryInstanceOfItsModule() {
    CompiledModule module = compile("engine/memory");
    Instance source = open(module.instantiate(List.of(), LIMITS));
    source.memory().writeInt(65532, 7);
    Memory.Image image = source.memory().capture();
    source.memory().writeInt(65532, 8);
    call(source, "store", 0, -1);
    Instance other = open(module.instantiate(List.of(), LIMITS));
    call(other, "store", 4, -1);

    for (Instance instance : List.of(source, other)) {
      for (int i = 0; i < 3; i++) {
        assertThat(instance.memory().restore(image)).isTrue();

        assertThat(instance.memory().readInt(65532)).isEqualTo(7);
        assertThat((int) call(instance, "load", 0)).isZero();
        assertThat((int) call(instance, "load", 4)).isZero();
        assertThat(text(instance.memory(), 8, 4)).isEqualTo("wasm");
        call(instance, "fill", 0, i, 65536);
      }
    }
    assertThat(image.size()).isEqualTo(PAGE_BYTES);
  }

  @Test
  default void restoringUndoesGrowthOrSaysThatItCannot() {
    CompiledModule module = compile("engine/memory");
    Instance instance = open(module.instantiate(List.of(), LIMITS));
    Memory.Image image = instance.memory().capture();
    call(instance, "grow", 2);
    call(instance, "store", 100, 1);

    boolean restored = instance.memory().restore(image);

    if (restored) {
      assertThat(instance.memory().pages()).isEqualTo(1);
      assertThat((int) call(instance, "size")).isEqualTo(1);
      assertThat((int) call(instance, "load", 100)).isZero();
      assertOutOfBounds(() -> instance.memory().readInt(PAGE_BYTES));
      // and what it grows again is clean
      assertThat((int) call(instance, "grow", 1)).isEqualTo(1);
      assertThat((int) call(instance, "load", PAGE_BYTES)).isZero();
    }
  }

  @Test
  default void anImageOfAGrownMemoryRestoresASmallerOneOrSaysThatItCannot() {
    CompiledModule module = compile("engine/memory");
    Instance grown = open(module.instantiate(List.of(), LIMITS));
    call(grown, "grow", 2);
    call(grown, "store", 3 * PAGE_BYTES - 4, 7);
    Memory.Image image = grown.memory().capture();
    Instance small = open(module.instantiate(List.of(), LIMITS));

    boolean restored = small.memory().restore(image);

    assertThat(image.size()).isEqualTo(3 * PAGE_BYTES);
    if (restored) {
      assertThat((int) call(small, "size")).isEqualTo(3);
      assertThat((int) call(small, "load", 3 * PAGE_BYTES - 4)).isEqualTo(7);
    }
  }

  @Test
  default void anImageOfAnotherEngineIsRefused() {
    Memory memory = instance("engine/memory").memory();

    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> memory.restore(() -> PAGE_BYTES));
  }
}
