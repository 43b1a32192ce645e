package org.cloudramp.sandbox.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.cloudramp.sandbox.testkit.Wasm.ONE_FUNCTION;
import static org.cloudramp.sandbox.testkit.Wasm.TYPE_NOTHING;
import static org.cloudramp.sandbox.testkit.Wasm.bytes;
import static org.cloudramp.sandbox.testkit.Wasm.codeSection;
import static org.cloudramp.sandbox.testkit.Wasm.concat;
import static org.cloudramp.sandbox.testkit.Wasm.module;
import static org.cloudramp.sandbox.testkit.Wasm.moduleWithCode;
import static org.cloudramp.sandbox.testkit.Wasm.name;
import static org.cloudramp.sandbox.testkit.Wasm.section;
import static org.cloudramp.sandbox.testkit.Wasm.u32;
import static org.cloudramp.sandbox.testkit.Wasm.vector;
import static org.cloudramp.sandbox.testkit.engine.EngineAssertions.bits;
import static org.cloudramp.sandbox.testkit.engine.EngineAssertions.text;
import static org.cloudramp.sandbox.testkit.engine.TestHost.host;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.FunctionSignature.NumberType;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;

/** What a module says of itself, what is refused, and what imports are matched with. */
interface LinkingCases extends EngineCases {
  @Test
  default void importsAreListedInOrder() {
    assertThat(compile("engine/imports").imports())
        .containsExactly(
            new FunctionImport("host", "nothing", FunctionSignature.NOTHING),
            new FunctionImport(
                "host",
                "sum",
                new FunctionSignature(
                    List.of(NumberType.I32, NumberType.I64), List.of(NumberType.I64))),
            new FunctionImport(
                "other",
                "scale",
                new FunctionSignature(
                    List.of(NumberType.F32, NumberType.F64), List.of(NumberType.F64))),
            new FunctionImport(
                "other",
                "half",
                new FunctionSignature(List.of(NumberType.F32), List.of(NumberType.F32))),
            new FunctionImport(
                "other",
                "negate",
                new FunctionSignature(List.of(NumberType.I32), List.of(NumberType.I32))));
  }

  @Test
  default void exportedFunctionsAreListedWithTheirTypes() {
    assertThat(compile("engine/memory").exports())
        .containsOnlyKeys("grow", "size", "load", "store", "fill", "copy", "count")
        .containsEntry(
            "store", new FunctionSignature(List.of(NumberType.I32, NumberType.I32), List.of()))
        .containsEntry("size", new FunctionSignature(List.of(), List.of(NumberType.I32)));
  }

  @Test
  default void numbersPassBetweenGuestAndHost() {
    Instance instance = instance("engine/imports", imports());

    call(instance, "callNothing");
    assertThat(call(instance, "callSum", -1, 1L << 40)).isEqualTo((1L << 40) - 1);
    assertThat(Double.longBitsToDouble(call(instance, "callScale", bits(0.5f), bits(8.0))))
        .isEqualTo(4.0);
    assertThat(Float.intBitsToFloat((int) call(instance, "callHalf", bits(3f)))).isEqualTo(1.5f);
    assertThat((int) call(instance, "callNegate", 7)).isEqualTo(-7);
  }

  @Test
  default void importsMayComeInAnyOrderAndBeMoreThanNeeded() {
    List<HostImport> imports = new ArrayList<>(imports());
    imports.add(0, host("host", "unwanted", (memory, arguments) -> 0));
    Collections.reverse(imports);

    Instance instance = instance("engine/imports", imports);

    assertThat((int) call(instance, "callNegate", 7)).isEqualTo(-7);
  }

  @Test
  default void aMissingImportIsNamed() {
    CompiledModule module = compile("engine/imports");
    List<HostImport> imports = new ArrayList<>(imports());
    imports.removeIf(host -> host.target().name().equals("scale"));

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> module.instantiate(imports, LIMITS))
        .withMessageContaining("other.scale")
        .returns(ModuleException.Kind.UNLINKABLE, ModuleException::kind);
  }

  @Test
  default void anImportOfAnotherTypeIsNamed() {
    CompiledModule module = compile("engine/imports");
    List<HostImport> imports = new ArrayList<>(imports());
    imports.removeIf(host -> host.target().name().equals("scale"));
    imports.add(host("other", "scale", (memory, arguments) -> 0));

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> module.instantiate(imports, LIMITS))
        .withMessageContaining("other.scale")
        .returns(ModuleException.Kind.UNLINKABLE, ModuleException::kind);
  }

  @Test
  default void aModuleThatIsCutShortIsRefused() {
    byte[] whole = Guests.wasm("engine/traps");
    // 8 bytes are a module without sections, and valid.
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      Throwable thrown = catchThrowable(() -> started().compile(cut).close());
      if (thrown != null) {
        assertThat(thrown).isInstanceOf(ModuleException.class);
      } else {
        assertThat(length).isGreaterThanOrEqualTo(8);
      }
    }
  }

  @Test
  default void mutantsAreRefusedWithTypedErrorsOrCompile() {
    byte[] whole = Guests.wasm("trap");
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      byte[] mutant = whole.clone();
      mutant[8 + random.nextInt(mutant.length - 8)] = (byte) random.nextInt(256);
      Throwable thrown = catchThrowable(() -> started().compile(mutant).close());
      assertThat(thrown)
          .satisfiesAnyOf(
              t -> assertThat(t).isNull(), t -> assertThat(t).isInstanceOf(ModuleException.class));
    }
  }

  @Test
  default void operandTypesAreChecked() {
    // i32.add with nothing on the stack
    byte[] wasm = moduleWithCode(bytes(0x6a, 0x1a));

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> started().compile(wasm))
        .returns(ModuleException.Kind.MALFORMED, ModuleException::kind);
  }

  @Test
  default void aStartSectionIsRefused() {
    byte[] wasm = module(TYPE_NOTHING, ONE_FUNCTION, section(8, u32(0)), codeSection(bytes()));

    assertThatExceptionOfType(ModuleException.class).isThrownBy(() -> started().compile(wasm));
  }

  @Test
  default void anImportThatIsNoFunctionIsRefused() {
    // (import "a" "b" (memory 1 1))
    byte[] wasm = module(section(2, vector(concat(name("a"), name("b"), bytes(2, 1, 1, 1)))));

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> started().compile(wasm).instantiate(List.of(), LIMITS))
        .withMessageContaining("a.b");
  }

  @Test
  default void aSegmentThatDoesNotFitIsRefused() {
    CompiledModule module = compile("engine/segment-does-not-fit");

    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> module.instantiate(List.of(), LIMITS));
  }

  @Test
  default void theBytesOfAModuleAreNotKept() {
    byte[] wasm = Guests.wasm("engine/memory");
    byte[] before = wasm.clone();
    CompiledModule module = open(started().compile(wasm));
    assertThat(wasm).isEqualTo(before);
    Arrays.fill(wasm, (byte) 0);

    Instance instance = open(module.instantiate(List.of(), LIMITS));

    assertThat(text(instance.memory(), 8, 4)).isEqualTo("wasm");
    assertThat(call(instance, "count")).isEqualTo(2);
  }
}
