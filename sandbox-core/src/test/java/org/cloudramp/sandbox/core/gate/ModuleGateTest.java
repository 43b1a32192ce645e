package org.cloudramp.sandbox.core.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.cloudramp.sandbox.api.error.ModuleException.Kind.LIMIT;
import static org.cloudramp.sandbox.api.error.ModuleException.Kind.MALFORMED;
import static org.cloudramp.sandbox.api.error.ModuleException.Kind.UNLINKABLE;
import static org.cloudramp.sandbox.core.gate.Upload.assertRefused;
import static org.cloudramp.sandbox.testkit.Wasm.*;

import java.util.List;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.FunctionSignature.NumberType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ModuleGateTest {
  @ParameterizedTest
  @MethodSource
  void letsInWhatRealToolchainsWrite(String name) {
    CheckedModule module = Upload.check(RealModules.load(name));

    assertThat(module.exportsMemory("memory")).isTrue();
    assertThat(module.exportedFunction("sandbox_abi_1"))
        .contains(new FunctionSignature(List.of(), List.of(NumberType.I32)));
    assertThat(module.exportedFunction("onMessage")).contains(FunctionSignature.NOTHING);
    assertThat(module.imports())
        .contains(new FunctionImport("room", "broadcast", FunctionSignature.NOTHING));
  }

  @ParameterizedTest
  @MethodSource("letsInWhatRealToolchainsWrite")
  void writesWhatItCouldReadAgain(String name) {
    CheckedModule module = Upload.check(RealModules.load(name));

    ParsedModule again = Upload.read(module);

    assertThat(again.imports()).isEqualTo(module.imports());
    assertThat(again.exports())
        .containsAllEntriesOf(module.exports())
        .hasSize(module.exports().size() + 2);
  }

  static Stream<String> letsInWhatRealToolchainsWrite() {
    return RealModules.NAMES.stream();
  }

  @Test
  void tellsWhatAModuleImportsAndExports() {
    byte[] wasm =
        module(
            section(
                1,
                vector(
                    type(bytes(), bytes()),
                    type(bytes(I32, I64, F32, F64), bytes(I32)),
                    type(bytes(), bytes(I64, I64)))),
            section(2, vector(functionImport("room", "users", 0), functionImport("kv", "get", 1))),
            section(3, vector(u32(2))),
            section(4, vector(bytes(FUNCREF, 0, 1))),
            section(5, vector(bytes(1, 2, 3))),
            section(6, vector(bytes(I32, 1, 0x41, 0, END))),
            section(
                7,
                vector(
                    export("f", 0, 2),
                    export("t", 1, 0),
                    export("m", 2, 0),
                    export("sandbox_room_memory", 3, 0))),
            codeSection(bytes(0x42, 1, 0x42, 2)));
    FunctionSignature mixed =
        new FunctionSignature(
            List.of(NumberType.I32, NumberType.I64, NumberType.F32, NumberType.F64),
            List.of(NumberType.I32));

    CheckedModule module = Upload.check(wasm);

    assertThat(module.imports())
        .containsExactly(
            new FunctionImport("room", "users", FunctionSignature.NOTHING),
            new FunctionImport("kv", "get", mixed));
    assertThat(module.exports().keySet()).containsExactly("f", "t", "m", "sandbox_room_memory");
    assertThat(module.exportedFunction("f"))
        .contains(new FunctionSignature(List.of(), List.of(NumberType.I64, NumberType.I64)));
    assertThat(module.exportedFunction("m")).isEmpty();
    assertThat(module.exportsMemory("m")).isTrue();
    assertThat(module.exportsMemory("t")).isFalse();
    assertThat(module.exports("sandbox_room_memory")).isTrue();
    assertThat(module.exports("onJoin")).isFalse();
    assertThat(module.initialMemoryPages()).isEqualTo(2);
    assertThat(module.maximumMemoryPages()).isEqualTo(3);
  }

  @Test
  void letsInAModuleWithoutMemoryForTheCoreToJudge() {
    CheckedModule module = Upload.check(module());

    assertThat(module.exportsMemory("memory")).isFalse();
    assertThat(module.maximumMemoryPages()).isZero();
  }

  @ParameterizedTest
  @MethodSource
  void letsIn(Upload upload) {
    assertThatCode(() -> Upload.check(upload.wasm())).doesNotThrowAnyException();
  }

  static Stream<Upload> letsIn() {
    return Stream.of(
        new Upload("numbers in padded LEB128", module(section(1, bytes(0x80, 0x80, 0x00)))),
        new Upload(
            "the smallest and the largest constants",
            moduleWithCode(
                concat(
                    bytes(0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x1a),
                    bytes(0x41, 0xff, 0xff, 0xff, 0xff, 0x07, 0x1a),
                    bytes(0x42),
                    repeat(9, bytes(0x80)),
                    bytes(0x7f, 0x1a),
                    bytes(0x42),
                    repeat(9, bytes(0xff)),
                    bytes(0x00, 0x1a)))),
        new Upload("sign extension", moduleWithCode(bytes(0x41, 0, 0xc0, 0xc1, 0x1a))),
        new Upload(
            "saturating conversions", moduleWithCode(bytes(0x43, 0, 0, 0, 0, 0xfc, 0x00, 0x1a))),
        new Upload(
            "blocks of several parameters and results",
            module(
                section(1, vector(type(bytes(), bytes()), type(bytes(I32), bytes(I32, I32)))),
                ONE_FUNCTION,
                codeSection(bytes(0x41, 0, 0x02, 1, 0x41, 1, END, 0x1a, 0x1a)))),
        new Upload(
            "blocks of every shape",
            moduleWithCode(
                bytes(
                    0x02, 0x40, 0x03, 0x40, 0x41, 0, 0x04, I32, 0x41, 1, 0x05, 0x41, 2, END, 0x0e,
                    2, 0, 1, 2, END, END))),
        new Upload(
            "bulk memory",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                ONE_PAGE,
                section(12, u32(1)),
                codeSection(
                    bytes(
                        0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 0, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc,
                        10, 0, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0)),
                section(11, vector(bytes(1, 1, 'x'))))),
        new Upload(
            "references that change nothing",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(4, vector(bytes(FUNCREF, 0, 1), bytes(EXTERNREF, 0, 1))),
                section(9, vector(bytes(3, 0, 1, 0))),
                codeSection(
                    bytes(
                        0xd2, 0, 0xd1, 0x1a, 0xd0, EXTERNREF, 0x1a, 0x41, 0, 0x25, 0, 0x1a, 0xfc,
                        16, 1, 0x1a, 0xd2, 0, 0xd2, 0, 0x41, 0, 0x1c, 1, FUNCREF, 0x1a)))),
        new Upload(
            "every kind of element segment",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(4, vector(bytes(FUNCREF, 0, 1))),
                section(
                    9,
                    vector(
                        bytes(0, 0x41, 0, END, 1, 0),
                        bytes(1, 0, 1, 0),
                        bytes(2, 0, 0x41, 0, END, 0, 1, 0),
                        bytes(3, 0, 1, 0),
                        bytes(4, 0x41, 0, END, 1, 0xd2, 0, END),
                        bytes(5, FUNCREF, 1, 0xd0, FUNCREF, END),
                        bytes(6, 0, 0x41, 0, END, FUNCREF, 1, 0xd2, 0, END),
                        bytes(7, FUNCREF, 1, 0xd2, 0, END))),
                codeSection(bytes()))),
        new Upload(
            "every kind of data segment",
            module(
                ONE_PAGE,
                section(
                    11,
                    vector(
                        bytes(0, 0x41, 0, END, 1, 'x'),
                        bytes(1, 1, 'x'),
                        bytes(2, 0, 0x41, 0, END, 1, 'x'))))),
        new Upload(
            "data up to the last byte of the memory",
            module(ONE_PAGE, section(11, vector(bytes(0, 0x41, 0xff, 0xff, 0x03, END, 1, 'x'))))),
        new Upload(
            "nesting at the limit",
            moduleWithCode(concat(repeat(2_048, bytes(0x02, 0x40)), repeat(2_048, bytes(END))))));
  }

  @ParameterizedTest
  @MethodSource
  void refusesFeaturesOutsideOfTheSubsetByName(Upload upload, String message) {
    assertRefused(upload.wasm(), MALFORMED).hasMessageContaining(message);
  }

  static Stream<Arguments> refusesFeaturesOutsideOfTheSubsetByName() {
    return Stream.of(
        refused(
            "a start section",
            module(TYPE_NOTHING, ONE_FUNCTION, section(8, u32(0)), codeSection(bytes())),
            "start section: code that runs on its own is not accepted"),
        refused("an endless start function", endlessStart(), "start section"),
        refused("a tag section", module(section(13)), "tag section: exceptions"),
        refused("try", moduleWithCode(bytes(0x06, 0x40)), "exceptions are not accepted"),
        refused("try_table", moduleWithCode(bytes(0x1f, 0x40)), "exceptions are not accepted"),
        refused("return_call", moduleWithCode(bytes(0x12, 0)), "tail calls are not accepted"),
        refused("call_ref", moduleWithCode(bytes(0x14, 0)), "typed function references"),
        refused("struct.new", moduleWithCode(bytes(0xfb, 0)), "garbage collection"),
        refused(
            "an array of 2 billion",
            moduleWithCode(bytes(0x41, 0, 0xfb, 7, 0)),
            "opcode 0xfb: garbage collection is not accepted"),
        refused("v128.const", moduleWithCode(bytes(0xfd, 12)), "SIMD is not accepted"),
        refused(
            "a local of v128",
            module(
                TYPE_NOTHING, ONE_FUNCTION, section(10, vector(body(bytes(1, 1, 0x7b), bytes())))),
            "value type 0x7b: SIMD is not accepted"),
        refused("memory.atomic.wait", moduleWithCode(bytes(0xfe, 1, 2, 0)), "threads"),
        refused("a shared memory", module(section(5, vector(bytes(3, 1, 1)))), "shared"),
        refused("memory64", module(section(5, vector(bytes(4, 1)))), "memory64"),
        refused("a table of 64 bit", module(section(4, vector(bytes(FUNCREF, 4, 1)))), "table64"),
        refused("pages of one byte", module(section(5, vector(bytes(8, 1, 0)))), "flags 0x08"),
        refused("two memories", module(section(5, vectorOf(2, bytes(0, 1)))), "only one"),
        refused(
            "a store to a second memory",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                ONE_PAGE,
                codeSection(bytes(0x41, 0, 0x41, 0, 0x36, 0x42, 1, 0))),
            "alignment"),
        refused(
            "the size of a second memory",
            module(TYPE_NOTHING, ONE_FUNCTION, ONE_PAGE, codeSection(bytes(0x3f, 1, 0x1a))),
            "the index of the memory is 0x01"),
        refused(
            "a table with an initial value",
            module(section(4, vector(bytes(0x40, 0, FUNCREF, 0, 1, 0xd0, FUNCREF, END)))),
            "value type 0x40"),
        refused("table.set", moduleWithCode(bytes(0x26, 0)), "table.set would outlive a restore"),
        refused("data.drop", moduleWithCode(bytes(0xfc, 9, 0)), "data.drop would outlive"),
        refused("table.init", moduleWithCode(bytes(0xfc, 12, 0, 0)), "table.init would outlive"),
        refused("elem.drop", moduleWithCode(bytes(0xfc, 13, 0)), "elem.drop would outlive"),
        refused("table.copy", moduleWithCode(bytes(0xfc, 14, 0, 0)), "table.copy would outlive"),
        refused("table.grow", moduleWithCode(bytes(0xfc, 15, 0)), "table.grow would outlive"),
        refused("table.fill", moduleWithCode(bytes(0xfc, 17, 0)), "table.fill would outlive"),
        refused(
            "an extended constant expression",
            module(section(6, vector(bytes(I32, 0, 0x41, 1, 0x41, 2, 0x6a, END)))),
            "more than one constant is not accepted"),
        refused(
            "a global that begins as another",
            module(section(6, vector(bytes(I32, 0, 0x41, 1, END), bytes(I32, 0, 0x23, 0, END)))),
            "opcode 0x23 is not accepted in a constant expression"),
        refused(
            "an export of a reserved name",
            module(ONE_PAGE, section(7, vector(export("sandbox:restore", 2, 0)))),
            "export section, export 0 \"sandbox:restore\""),
        refused(
            "an export of a name that is reserved for later",
            module(ONE_PAGE, section(7, vector(export("sandbox:", 2, 0)))),
            "reserved"));
  }

  @ParameterizedTest
  @MethodSource
  void refusesWhatNoHostCanLink(Upload upload, String message) {
    assertRefused(upload.wasm(), UNLINKABLE).hasMessage(message);
  }

  static Stream<Arguments> refusesWhatNoHostCanLink() {
    byte[] references = section(1, vector(type(bytes(EXTERNREF), bytes())));
    return Stream.of(
        refused(
            "an imported memory",
            module(section(2, vector(concat(name("env"), name("memory"), bytes(2, 0, 1))))),
            "import section, import 0 \"env\".\"memory\": only functions can be imported"),
        refused(
            "an imported global",
            module(section(2, vector(concat(name("env"), name("base"), bytes(3, I32, 0))))),
            "import section, import 0 \"env\".\"base\": only functions can be imported"),
        refused(
            "an imported function of references",
            module(references, section(2, vector(functionImport("kv", "get", 0)))),
            "import section, import 0 \"kv\".\"get\": only numbers cross the boundary to the host,"
                + " not externref"),
        refused(
            "an exported function of references",
            module(
                references,
                ONE_FUNCTION,
                section(7, vector(export("f", 0, 0))),
                codeSection(bytes())),
            "export section, export 0 \"f\": only numbers cross the boundary to the host, not"
                + " externref"));
  }

  @Test
  void saysInWhichFunctionAndHowFarOverWhichLimit() {
    byte[] deep = concat(repeat(2_049, bytes(0x02, 0x40)), repeat(2_049, bytes(END)));
    byte[] wasm =
        module(
            TYPE_NOTHING,
            section(2, vector(functionImport("room", "users", 0))),
            section(3, vectorOf(2, u32(0))),
            codeSection(bytes(), deep));

    assertRefused(wasm, LIMIT)
        .hasMessage("code section, function 2: nesting of 2,049 is over the limit of 2,048");
  }

  @Test
  void quotesAHostileNameWithoutObeyingIt() {
    String hostile = "\u001b[31m\n\"\u202e" + "x".repeat(1_000);
    byte[] wasm = module(section(2, vector(concat(name(hostile), name("\\"), bytes(2, 0, 1)))));

    assertRefused(wasm, UNLINKABLE)
        .hasMessage(
            "import section, import 0 \"\\u{1b}[31m\\u{a}\\u{22}\\u{202e}%s…\".\"\\u{5c}\": only"
                    .formatted("x".repeat(52))
                + " functions can be imported");
  }

  @Test
  void keepsAStrangersNamesOutOfItsOwnDescription() {
    CheckedModule module = Upload.check(module(ONE_PAGE, section(7, vector(export("\n", 2, 0)))));

    assertThat(module.toString())
        .matches("module of \\d+ bytes, 0 imports, 1 exports, 1 to 256 memory pages");
  }

  private static byte[] endlessStart() {
    return module(
        TYPE_NOTHING,
        ONE_FUNCTION,
        section(8, u32(0)),
        codeSection(bytes(0x03, 0x40, 0x0c, 0, END)));
  }

  private static Arguments refused(String description, byte[] wasm, String message) {
    return Arguments.of(new Upload(description, wasm), message);
  }
}
