package org.cloudramp.sandbox.core.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.testkit.Wasm.*;

import java.nio.charset.StandardCharsets;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.junit.jupiter.api.Test;

class ModuleWriterTest {
  @Test
  void makesTheEmptyModuleOneThatCanBeSavedAndRestored() {
    byte[] capped = capped(module());

    assertThat(capped)
        .isEqualTo(
            module(
                TYPE_NOTHING,
                section(3, vector(u32(0), u32(0))),
                section(7, vector(export("sandbox:save", 0, 0), export("sandbox:restore", 0, 1))),
                codeSection(bytes(), bytes())));
  }

  @Test
  void copiesMutableGlobalsAndTheSizeOfTheMemoryToShadowsAndBack() {
    byte[] wasm =
        module(
            ONE_PAGE,
            section(
                6,
                vector(
                    bytes(I32, 0, 0x41, 7, END),
                    bytes(I64, 1, 0x42, 7, END),
                    bytes(FUNCREF, 1, 0xd0, FUNCREF, END))));

    assertThat(capped(wasm))
        .isEqualTo(
            module(
                TYPE_NOTHING,
                section(3, vector(u32(0), u32(0))),
                section(5, vector(concat(bytes(1, 1), u32(256)))),
                section(
                    6,
                    vector(
                        bytes(I32, 0, 0x41, 7, END),
                        bytes(I64, 1, 0x42, 7, END),
                        bytes(FUNCREF, 1, 0xd0, FUNCREF, END),
                        bytes(I64, 1, 0x42, 0, END),
                        bytes(FUNCREF, 1, 0xd0, FUNCREF, END),
                        bytes(I32, 1, 0x41, 0, END))),
                section(7, vector(export("sandbox:save", 0, 0), export("sandbox:restore", 0, 1))),
                codeSection(
                    bytes(0x3f, 0, 0x24, 5, 0x23, 1, 0x24, 3, 0x23, 2, 0x24, 4),
                    concat(
                        bytes(0x3f, 0, 0x23, 5, 0x47, 0x04, 0x40, 0x00, END),
                        bytes(0x23, 3, 0x24, 1, 0x23, 4, 0x24, 2)))));
  }

  @Test
  void usesTheTypeThatIsThere() {
    byte[] wasm = module(section(1, vector(type(bytes(I32), bytes()), type(bytes(), bytes()))));

    assertThat(capped(wasm))
        .isEqualTo(
            module(
                section(1, vector(type(bytes(I32), bytes()), type(bytes(), bytes()))),
                section(3, vector(u32(1), u32(1))),
                section(7, vector(export("sandbox:save", 0, 0), export("sandbox:restore", 0, 1))),
                codeSection(bytes(), bytes())));
  }

  @Test
  void appendsATypeIfNoneFits() {
    byte[] wasm = module(section(1, vector(type(bytes(I32), bytes()))));

    assertThat(Upload.read(Upload.check(wasm)).spaces().types)
        .hasSize(2)
        .last()
        .isEqualTo(IndexSpaces.FunctionType.NOTHING);
  }

  @Test
  void chainsFunctionsOf256GlobalsEach() {
    byte[] wasm = module(section(6, vectorOf(600, bytes(I32, 1, 0x41, 0, END))));

    ParsedModule capped = Upload.read(Upload.check(wasm));

    assertThat(capped.spaces().functions).hasSize(6);
    assertThat(capped.spaces().globals).hasSize(1_200);
    assertThat(capped.exports().keySet()).containsExactly("sandbox_save", "sandbox_restore");
  }

  @Test
  void capsTheMaximaOfMemoryAndTables() {
    byte[] wasm =
        module(
            section(4, vector(bytes(FUNCREF, 0, 3), bytes(FUNCREF, 1, 3, 4))),
            section(5, vector(concat(bytes(1, 2), u32(65_536)))));

    IndexSpaces spaces = Upload.read(Upload.check(wasm)).spaces();

    assertThat(spaces.memories).containsExactly(new IndexSpaces.Memory(2, 256));
    assertThat(spaces.tables)
        .containsExactly(
            new IndexSpaces.Table(WasmType.FUNCREF, 3, 100_000),
            new IndexSpaces.Table(WasmType.FUNCREF, 3, 4));
  }

  @Test
  void leavesAMaximumBelowTheLimitAlone() {
    byte[] wasm = module(section(5, vector(bytes(1, 2, 3))));

    assertThat(Upload.read(Upload.check(wasm)).spaces().memories)
        .containsExactly(new IndexSpaces.Memory(2, 3));
  }

  @Test
  void dropsCustomSections() {
    byte[] custom = section(0, name("name"), bytes(1, 2, 3));

    byte[] capped = capped(module(custom, TYPE_NOTHING, custom, custom));

    assertThat(new String(capped, StandardCharsets.ISO_8859_1)).doesNotContain("name");
  }

  @Test
  void callsAnEmptyFunctionInFrontOfEachBulkOperation() {
    byte[] three = bytes(0x41, 0, 0x41, 0, 0x41, 0);
    byte[] fill = bytes(0xfc, 0x0b, 0);
    byte[] copy = bytes(0xfc, 0x0a, 0, 0);
    byte[] init = bytes(0xfc, 0x08, 0, 0);
    byte[] call = bytes(0x10, 5);
    byte[] functions = section(3, vector(u32(0), u32(0), u32(0)));
    byte[] count = section(12, u32(1));
    byte[] data = section(11, vector(bytes(1, 0)));

    byte[] capped =
        capped(
            module(
                TYPE_NOTHING,
                functions,
                ONE_PAGE,
                count,
                codeSection(
                    concat(three, fill, three, copy),
                    bytes(0x01),
                    concat(three, init, bytes(0x01))),
                data));

    assertThat(capped)
        .isEqualTo(
            module(
                TYPE_NOTHING,
                section(3, vectorOf(6, u32(0))),
                section(5, vector(concat(bytes(1, 1), u32(256)))),
                section(6, vector(bytes(I32, 1, 0x41, 0, END))),
                section(7, vector(export("sandbox:save", 0, 3), export("sandbox:restore", 0, 4))),
                count,
                codeSection(
                    concat(three, call, fill, three, call, copy),
                    bytes(0x01),
                    concat(three, call, init, bytes(0x01)),
                    bytes(0x3f, 0, 0x24, 0),
                    bytes(0x3f, 0, 0x23, 0, 0x47, 0x04, 0x40, 0x00, END),
                    bytes()),
                data));
  }

  @Test
  void theGateRefusesItsOwnOutput() {
    byte[] capped = capped(module(ONE_PAGE));

    assertThatThrownBy(() -> capped(capped))
        .isInstanceOf(ModuleException.class)
        .hasMessageContaining("export section, export 0 \"sandbox:save\"")
        .hasMessageContaining("reserved");
  }

  private static byte[] capped(byte[] wasm) {
    return Upload.check(wasm).wasm().toArray();
  }
}
