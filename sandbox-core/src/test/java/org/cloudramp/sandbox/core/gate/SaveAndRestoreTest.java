package org.cloudramp.sandbox.core.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.testkit.Wasm.*;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.engine.chicory.ChicoryEngine;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the appended functions do when an engine runs them. */
class SaveAndRestoreTest {
  private static final WasmEngine ENGINE = new ChicoryEngine();
  private static final Duration BUDGET = Duration.ofSeconds(10);
  private static final String SAVE = CheckedModule.SAVE;
  private static final String RESTORE = CheckedModule.RESTORE;

  @BeforeAll
  static void startTheEngine() {
    ENGINE.start(PluginContext.empty());
  }

  @AfterAll
  static void closeTheEngine() {
    ENGINE.close();
  }

  /** A global of each type, {@code set} that changes them all, and a reader for each. */
  private static byte[] everyType() {
    return module(
        section(
            1,
            vector(
                type(bytes(), bytes()),
                type(bytes(), bytes(I32)),
                type(bytes(), bytes(I64)),
                type(bytes(), bytes(F32)),
                type(bytes(), bytes(F64)))),
        section(3, vector(u32(0), u32(1), u32(2), u32(3), u32(4), u32(1))),
        section(
            6,
            vector(
                bytes(I32, 1, 0x41, 1, END),
                bytes(I32, 0, 0x41, 5, END),
                bytes(I64, 1, 0x42, 2, END),
                bytes(F32, 1, 0x43, 0, 0, 0x40, 0x40, END),
                bytes(F64, 1, 0x44, 0, 0, 0, 0, 0, 0, 0x10, 0x40, END),
                bytes(FUNCREF, 1, 0xd2, 0, END))),
        section(
            7,
            vector(
                export("set", 0, 0),
                export("i32", 0, 1),
                export("i64", 0, 2),
                export("f32", 0, 3),
                export("f64", 0, 4),
                export("isNull", 0, 5))),
        codeSection(
            concat(
                bytes(0x41, 0x7f, 0x24, 0, 0x42, 0x7f, 0x24, 2),
                bytes(0x43, 1, 2, 3, 4, 0x24, 3, 0x44, 1, 2, 3, 4, 5, 6, 7, 8, 0x24, 4),
                bytes(0xd0, FUNCREF, 0x24, 5)),
            bytes(0x23, 0),
            bytes(0x23, 2),
            bytes(0x23, 3),
            bytes(0x23, 4),
            bytes(0x23, 5, 0xd1)));
  }

  @Test
  void givesGlobalsOfEveryTypeTheValuesTheyHadWhenTheyWereSaved() {
    try (Instance instance = instance(everyType())) {
      call(instance, SAVE);
      call(instance, "set");
      assertThat((int) call(instance, "i32")).isEqualTo(-1);
      assertThat((int) call(instance, "isNull")).isEqualTo(1);

      call(instance, RESTORE);

      assertThat((int) call(instance, "i32")).isEqualTo(1);
      assertThat(call(instance, "i64")).isEqualTo(2);
      assertThat(Float.intBitsToFloat((int) call(instance, "f32"))).isEqualTo(3.0f);
      assertThat(Double.longBitsToDouble(call(instance, "f64"))).isEqualTo(4.0);
      assertThat((int) call(instance, "isNull")).isZero();
    }
  }

  @Test
  void restoresAsOftenAsItIsAskedTo() {
    try (Instance instance = instance(everyType())) {
      call(instance, SAVE);
      for (int i = 0; i < 3; i++) {
        call(instance, "set");
        call(instance, RESTORE);
        call(instance, RESTORE);
        assertThat(call(instance, "i64")).isEqualTo(2);
      }
    }
  }

  @Test
  void keepsWhatWasSavedLast() {
    try (Instance instance = instance(everyType())) {
      call(instance, SAVE);
      call(instance, "set");
      call(instance, SAVE);
      call(instance, RESTORE);

      assertThat(call(instance, "i64")).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 256, 257, 600, 1_000})
  void restoresEachOfManyGlobals(int count) {
    byte[] setAll =
        concat(
            IntStream.range(0, count)
                .mapToObj(i -> concat(bytes(0x41, 0, 0x24), u32(i)))
                .toArray(byte[][]::new));
    byte[] wasm =
        module(
            section(1, vector(type(bytes(), bytes()), type(bytes(), bytes(I32)))),
            section(3, concat(u32(1 + count), u32(0), repeat(count, u32(1)))),
            section(
                6,
                vector(
                    IntStream.range(0, count)
                        .mapToObj(i -> concat(bytes(I32, 1, 0x41), signed(i + 1), bytes(END)))
                        .toArray(byte[][]::new))),
            section(
                7,
                vector(
                    Stream.concat(
                            Stream.of(export("set", 0, 0)),
                            IntStream.range(0, count).mapToObj(i -> export("get" + i, 0, 1 + i)))
                        .toArray(byte[][]::new))),
            codeSection(
                Stream.concat(
                        Stream.of(setAll),
                        IntStream.range(0, count).mapToObj(i -> concat(bytes(0x23), u32(i))))
                    .toArray(byte[][]::new)));
    try (Instance instance = instance(wasm)) {
      call(instance, SAVE);
      call(instance, "set");
      call(instance, RESTORE);

      assertThat(IntStream.range(0, count).map(i -> (int) call(instance, "get" + i)))
          .containsExactlyElementsOf(IntStream.rangeClosed(1, count).boxed().toList());
    }
  }

  /** {@code grow} grows the memory by a page and changes the global that {@code get} reads. */
  private static byte[] growing() {
    return module(
        section(1, vector(type(bytes(), bytes()), type(bytes(), bytes(I32)))),
        section(3, vector(u32(0), u32(1))),
        ONE_PAGE,
        section(6, vector(bytes(I32, 1, 0x41, 7, END))),
        section(7, vector(export("grow", 0, 0), export("get", 0, 1), export("memory", 2, 0))),
        codeSection(bytes(0x41, 1, 0x40, 0, 0x1a, 0x41, 9, 0x24, 0), bytes(0x23, 0)));
  }

  @Test
  void trapsAndChangesNothingWhenTheMemoryHasGrown() {
    try (Instance instance = instance(growing())) {
      call(instance, SAVE);
      call(instance, "grow");

      assertThatThrownBy(() -> call(instance, RESTORE))
          .isInstanceOf(GuestException.class)
          .satisfies(
              e -> assertThat(((GuestException) e).kind()).isEqualTo(GuestException.Kind.TRAPPED));
      assertThat(call(instance, "get")).isEqualTo(9);
    }
  }

  @Test
  void restoresAgainOnceTheHostHasPutTheMemoryBack() {
    try (Instance instance = instance(growing())) {
      call(instance, SAVE);
      Memory.Image image = instance.memory().capture();
      call(instance, "grow");

      assertThat(instance.memory().restore(image)).isTrue();
      call(instance, RESTORE);

      assertThat(call(instance, "get")).isEqualTo(7);
    }
  }

  @Test
  void doesNotLetTheMemoryGrowOverTheLimit() {
    try (Instance instance = instance(growing())) {
      for (int i = 0; i < 300; i++) {
        call(instance, "grow");
      }

      assertThat(instance.memory().pages()).isEqualTo(256);
    }
  }

  @ParameterizedTest
  @MethodSource
  void aRealModuleDoesTheSameFromTheSameState(String name) {
    try (Instance instance = instance(RealModules.load(name))) {
      if (instance.function("_initialize").isPresent()) {
        call(instance, "_initialize");
      }
      call(instance, "sandbox_abi_1");
      call(instance, SAVE);
      Memory.Image image = instance.memory().capture();

      Digest first = afterSomeHooks(instance);
      Digest withoutRestore = afterSomeHooks(instance);
      assertThat(instance.memory().restore(image)).isTrue();
      call(instance, RESTORE);
      Digest second = afterSomeHooks(instance);

      assertThat(second).isEqualTo(first).isNotEqualTo(withoutRestore);
    }
  }

  static Stream<String> aRealModuleDoesTheSameFromTheSameState() {
    return RealModules.NAMES.stream();
  }

  private static Digest afterSomeHooks(Instance instance) {
    for (int i = 0; i < 20; i++) {
      call(instance, "onJoin");
      call(instance, "onMessage");
    }
    Memory memory = instance.memory();
    byte[] all = new byte[memory.pages() * Memory.PAGE_BYTES];
    memory.read(0, all, 0, all.length);
    return Digest.of(all);
  }

  @Test
  void copiesGlobalsIntoMemoryAndBackWhereThatIsAskedFor() {
    ModuleGate gate = new ModuleGate(GateLimits.defaults()).withStateAccess();
    CheckedModule diary = gate.check(Guests.wasm("diary"));
    assertThat(diary.accessibleGlobals()).hasValue(4);
    try (Instance instance = instance(diary)) {
      byte[] globals = new byte[32];

      call(instance, CheckedModule.STORE_GLOBALS);
      instance.memory().read(0, globals, 0, 32);
      assertThat(globals[8]).isEqualTo((byte) 1); // $sum begins at 1
      globals[8] = 77;
      instance.memory().write(0, globals, 0, 32);
      instance.memory().writeInt(32, 3);
      call(instance, CheckedModule.LOAD_GLOBALS);
      instance.memory().write(0, new byte[32], 0, 32);
      call(instance, CheckedModule.STORE_GLOBALS);

      instance.memory().read(0, globals, 0, 32);
      assertThat(globals[8]).isEqualTo((byte) 77);
      assertThat(instance.memory().pages()).isEqualTo(3);
    }
  }

  @Test
  void givesNoAccessToGlobalsThatNobodyHasAskedForOrThatMemoryCannotHold() {
    ModuleGate gate = new ModuleGate(GateLimits.defaults()).withStateAccess();

    assertThat(Upload.check(Guests.wasm("diary")).accessibleGlobals()).isEmpty();
    assertThat(gate.check(everyType()).accessibleGlobals()).isEmpty();
    try (Instance instance = instance(Upload.check(Guests.wasm("diary")))) {
      assertThat(instance.function(CheckedModule.STORE_GLOBALS)).isEmpty();
    }
  }

  private static Instance instance(byte[] wasm) {
    return instance(Upload.check(wasm));
  }

  private static Instance instance(CheckedModule checked) {
    CompiledModule compiled = ENGINE.compile(checked.wasm().toArray());
    List<HostImport> imports =
        checked.imports().stream().<HostImport>map(DoingNothing::new).toList();
    return compiled.instantiate(imports, new InstanceLimits(256));
  }

  private record DoingNothing(FunctionImport target) implements HostImport {
    @Override
    public long call(Memory memory, long... arguments) {
      return 0;
    }
  }

  private static long call(Instance instance, String function) {
    return instance.function(function).orElseThrow().call(BUDGET);
  }
}
