package org.cloudramp.sandbox.core.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.api.error.ModuleException.Kind.LIMIT;
import static org.cloudramp.sandbox.api.error.ModuleException.Kind.MALFORMED;
import static org.cloudramp.sandbox.core.gate.Upload.assertRefused;
import static org.cloudramp.sandbox.testkit.Wasm.*;

import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cloudramp.sandbox.core.gate.GateLimits.Limit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Well-formed modules that would cost an engine far more than their size. */
class CompileBombsTest {
  private static final byte[] EMPTY_FUNCTION = body(vector(), bytes());

  @ParameterizedTest
  @MethodSource
  @Timeout(10) // they take milliseconds; a gate that hangs must fail here and not stop the build
  void refuses(Upload upload, String message) {
    assertRefused(upload.wasm(), LIMIT).hasMessage(message);
  }

  static Stream<Arguments> refuses() {
    return Stream.of(
        bomb(
            "a file over 4 MiB",
            module(section(0, name("x"), new byte[4 << 20])),
            "header: a size of 4,194,319 bytes is over the limit of 4,194,304"),
        bomb(
            "500,000 custom sections",
            module(repeat(500_000, section(0, name("x")))),
            "custom section: a count of 65 custom sections is over the limit of 64"),
        bomb(
            "a name of 1 MB",
            module(TYPE_NOTHING, section(2, vector(functionImport("x".repeat(1_000_000), "f", 0)))),
            "import section, import 0: a name of 1,000,000 bytes is over the limit of 1,024"),
        bomb(
            "20,000 types",
            module(section(1, vectorOf(20_000, type(bytes(), bytes())))),
            "type section: a count of 20,000 types is over the limit of 4,000"),
        bomb(
            "65 parameters",
            module(section(1, vector(type(repeat(65, bytes(I32)), bytes())))),
            "type section, type 0: a count of 65 parameters is over the limit of 64"),
        bomb(
            "17 results",
            module(section(1, vector(type(bytes(), repeat(17, bytes(I32)))))),
            "type section, type 0: a count of 17 results is over the limit of 16"),
        bomb(
            "257 imports",
            module(TYPE_NOTHING, section(2, vectorOf(257, functionImport("room", "users", 0)))),
            "import section: a count of 257 imports is over the limit of 256"),
        bomb(
            "50,000 functions",
            module(
                TYPE_NOTHING,
                section(3, vectorOf(50_000, u32(0))),
                section(10, vectorOf(50_000, EMPTY_FUNCTION))),
            "function section: a count of 50,000 functions is over the limit of 20,000"),
        bomb(
            "100 tables of 10 million",
            module(section(4, vectorOf(100, concat(bytes(FUNCREF, 0), u32(10_000_000))))),
            "table section: a count of 100 tables is over the limit of 8"),
        bomb(
            "two tables of 60,000",
            module(section(4, vectorOf(2, concat(bytes(FUNCREF, 0), u32(60_000))))),
            "table section, table 1: a size of 120,000 table entries is over the limit of 100,000"),
        bomb(
            "65,536 pages at the start",
            module(section(5, vector(concat(bytes(0), u32(65_536))))),
            "memory section, memory 0: an initial size of 65,536 memory pages is over the limit of"
                + " 256"),
        bomb(
            "100,000 globals",
            module(section(6, vectorOf(100_000, bytes(I32, 0, 0x41, 0, END)))),
            "global section: a count of 100,000 globals is over the limit of 10,000"),
        bomb(
            "10,000 mutable globals",
            module(section(6, vectorOf(10_000, bytes(I32, 1, 0x41, 0, END)))),
            "global section, global 1000: a count of 1,001 mutable globals is over the limit of"
                + " 1,000"),
        bomb(
            "100,000 exports",
            module(ONE_PAGE, section(7, vector(exports(100_000)))),
            "export section: a count of 100,000 exports is over the limit of 2,000"),
        bomb(
            "100,000 data segments",
            module(section(11, vectorOf(100_000, bytes(1, 0)))),
            "data section: a count of 100,000 segments is over the limit of 50,000"),
        bomb(
            "30,000 element segments and 30,000 data segments",
            module(
                section(9, vectorOf(30_000, bytes(1, 0, 0))),
                section(11, vectorOf(30_000, bytes(1, 0)))),
            "data section: a count of 60,000 segments is over the limit of 50,000"),
        bomb(
            "100,000 announced data segments",
            module(section(12, u32(100_000))),
            "data count section: a count of 100,000 segments is over the limit of 50,000"),
        bomb(
            "200,000 elements in two segments",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(9, vectorOf(2, concat(bytes(1, 0), vectorOf(100_000, u32(0))))),
                codeSection(bytes())),
            "element section, segment 1: a count of 200,000 elements is over the limit of 100,000"),
        bomb(
            "a function of 200 KB",
            moduleWithCode(repeat(200_000, bytes(0x01))),
            "code section, function 0: a body of 200,002 bytes is over the limit of 131,072"),
        bomb(
            "a function of 4 billion locals",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(10, vector(body(vector(concat(u32(0xffff_ffffL), bytes(I32))), bytes())))),
            "code section, function 0: a count of 4,294,967,295 locals is over the limit of 4,096"),
        bomb(
            "a thousand groups of a million locals",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(
                    10,
                    vector(body(vectorOf(1_000, concat(u32(1_000_000), bytes(I32))), bytes())))),
            "code section, function 0: a count of 1,000,000 locals is over the limit of 4,096"),
        bomb(
            "functions of 4,096 locals each",
            module(
                TYPE_NOTHING,
                section(3, vectorOf(20_000, u32(0))),
                section(
                    10, vectorOf(20_000, body(vector(concat(u32(4_096), bytes(I32))), bytes())))),
            "code section, function 122: a count of 503,808 locals in all functions so far is over"
                + " the limit of 500,000"),
        bomb(
            "20,000 blocks in a function of 4,096 locals",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(
                    10,
                    vector(
                        body(
                            vector(concat(u32(4_096), bytes(I32))),
                            repeat(20_000, bytes(0x02, 0x40, END)))))),
            "code section, function 0: a sum of values alive at blocks and branches of 82,244,112 is"
                + " over the limit of 4,000,000"),
        bomb(
            "100,000 blocks in each other",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                codeSection(concat(repeat(30_000, bytes(0x02, 0x40)), repeat(30_000, bytes(END))))),
            "code section, function 0: nesting of 2,049 is over the limit of 2,048"),
        bomb(
            "a br_table of 5,000 labels",
            moduleWithCode(concat(bytes(0x41, 0, 0x0e), u32(5_000), repeat(5_001, bytes(0)))),
            "code section, function 0: a br_table of 5,000 labels is over the limit of 4,096"),
        bomb(
            "br_tables of 4,096 labels that are 2,000 blocks away",
            moduleWithCode(
                concat(
                    repeat(2_000, bytes(0x02, 0x40)),
                    repeat(10, concat(bytes(0x41, 0, 0x0e), u32(4_096), repeat(4_097, u32(1_999)))),
                    repeat(2_000, bytes(END)))),
            "code section, function 0: a sum of branch depths of 81,899,030 so far is over the limit"
                + " of 20,000,000"),
        bomb(
            "4 million instructions",
            module(
                TYPE_NOTHING,
                section(3, vectorOf(40, u32(0))),
                section(10, vectorOf(40, body(vector(), repeat(100_000, bytes(0x01)))))),
            "code section, function 29: a count of 3,000,001 instructions so far is over the limit"
                + " of 3,000,000"),
        bomb(
            "br_tables of 4 million labels",
            module(
                TYPE_NOTHING,
                section(3, vectorOf(40, u32(0))),
                section(
                    10,
                    vectorOf(
                        40,
                        body(
                            vector(),
                            repeat(
                                25,
                                concat(
                                    bytes(0x41, 0, 0x0e), u32(4_000), repeat(4_001, u32(0)))))))),
            "code section, function 0: a sum of pairs of branches of 10,005,000,625 so far is over"
                + " the limit of 1,000,000,000"),
        bomb(
            "501 loops in a function",
            moduleWithCode(repeat(501, bytes(0x03, 0x40, END))),
            "code section, function 0: a count of 501 loops is over the limit of 500"),
        bomb(
            "16 functions of 500 loops",
            module(
                TYPE_NOTHING,
                section(3, vectorOf(16, u32(0))),
                section(10, vectorOf(16, body(vector(), repeat(500, bytes(0x03, 0x40, END)))))),
            "code section, function 15: a sum of pairs of branches of 1,024,000,000 so far is over"
                + " the limit of 1,000,000,000"),
        bomb(
            "32,000 branches in a function",
            moduleWithCode(repeat(32_000, bytes(0x41, 0, 0x0d, 0))),
            "code section, function 0: a sum of pairs of branches of 1,024,000,000 so far is over"
                + " the limit of 1,000,000,000"),
        bomb(
            "functions of 10,000 ifs",
            module(
                TYPE_NOTHING,
                section(3, vectorOf(11, u32(0))),
                section(
                    10,
                    vectorOf(11, body(vector(), repeat(10_000, bytes(0x41, 0, 0x04, 0x40, END)))))),
            "code section, function 10: a sum of pairs of branches of 1,100,000,000 so far is over"
                + " the limit of 1,000,000,000"),
        bomb(
            "functions of 10,000 calls through a table",
            module(
                TYPE_NOTHING,
                section(3, vectorOf(11, u32(0))),
                section(4, vector(bytes(FUNCREF, 0, 1))),
                section(
                    10, vectorOf(11, body(vector(), repeat(10_000, bytes(0x41, 0, 0x11, 0, 0)))))),
            "code section, function 10: a sum of pairs of branches of 1,100,000,000 so far is over"
                + " the limit of 1,000,000,000"),
        bomb(
            "14,000 bulk operations, which take more bytes with the calls in front of them",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                ONE_PAGE,
                codeSection(repeat(14_000, bytes(0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0)))),
            "code section, function 0: a body of 182,002 bytes is over the limit of 131,072"),
        bomb(
            "4 MB of bulk operations, which take more bytes with the calls in front of them",
            module(
                TYPE_NOTHING,
                section(3, vectorOf(200, u32(0))),
                ONE_PAGE,
                section(
                    10,
                    vectorOf(
                        200,
                        body(vector(), concat(bytes(0x00), repeat(6_900, bytes(0xfc, 0x0b, 0))))))),
            "end of the module: a size of 9,661,431 bytes is over the limit of 4,194,304"),
        bomb(
            "calls of 64 parameters",
            module(
                section(1, vector(type(repeat(64, bytes(I32)), bytes()))),
                section(3, vectorOf(40, u32(0))),
                section(
                    10,
                    vectorOf(
                        40, body(vector(), concat(bytes(0x00), repeat(50_000, bytes(0x10, 0))))))),
            "code section, function 0: a sum of values moved by branches, blocks and calls of"
                + " 3,200,000 so far is over the limit of 1,000,000"),
        bomb(
            "20,000 operands under 10,000 branches",
            moduleWithCode(
                concat(
                    bytes(0x02, 0x40),
                    repeat(20_000, bytes(0x41, 0)),
                    repeat(10_000, bytes(0x41, 0, 0x0d, 0)),
                    repeat(20_000, bytes(0x1a)),
                    bytes(END))),
            "code section, function 0: a sum of values alive at blocks and branches of 200,160,032 is"
                + " over the limit of 4,000,000"),
        bomb(
            "500 operands under branches, in a block of their own",
            moduleWithCode(
                concat(
                    bytes(0x02, 0x40),
                    repeat(500, bytes(0x41, 0)),
                    repeat(2_001, bytes(0x41, 0, 0x0d, 0)),
                    repeat(500, bytes(0x1a)),
                    bytes(END))),
            "code section, function 0: a sum of values moved by branches, blocks and calls of"
                + " 1,000,500 so far is over the limit of 1,000,000"),
        bomb(
            "20,000 operands under 10,000 blocks",
            moduleWithCode(
                concat(
                    repeat(20_000, bytes(0x41, 0)),
                    repeat(10_000, bytes(0x02, 0x40, END)),
                    repeat(20_000, bytes(0x1a)))),
            "code section, function 0: a sum of values alive at blocks and branches of 200,160,016 is"
                + " over the limit of 4,000,000"),
        bomb(
            "selects in a function of 4,096 locals",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(
                    10,
                    vector(
                        body(
                            vector(concat(u32(4_096), bytes(I32))),
                            repeat(10_000, bytes(0x41, 0, 0x41, 0, 0x41, 0, 0x1b, 0x1a)))))),
            "code section, function 0: a sum of values alive at blocks and branches of 41,154,112 is"
                + " over the limit of 4,000,000"),
        bomb(
            "4,000 types and 20,000 functions",
            module(
                section(1, vectorOf(4_000, type(bytes(), bytes()))),
                section(3, vectorOf(20_000, u32(0))),
                section(10, vectorOf(20_000, EMPTY_FUNCTION))),
            "end of the module: a count of 80,000,000 pairs of a type and a function is over the limit"
                + " of 4,000,000"),
        bomb(
            "1,000 functions that 100 types fit",
            module(
                section(1, vectorOf(100, type(bytes(), bytes()))),
                section(3, vectorOf(1_000, u32(0))),
                section(10, vectorOf(1_000, EMPTY_FUNCTION))),
            "end of the module: a sum of functions that each type fits of 100,000 is over the limit"
                + " of 50,000"));
  }

  @ParameterizedTest
  @MethodSource
  void refusesWhatIsNotOfTheSubset(Upload upload, String message) {
    assertRefused(upload.wasm(), MALFORMED).hasMessageContaining(message);
  }

  static Stream<Arguments> refusesWhatIsNotOfTheSubset() {
    byte[] longExpression =
        concat(bytes(0x41, 1), repeat(100_000, bytes(0x41, 1, 0x6a)), bytes(END));
    return Stream.of(
        bomb(
            "a tower of struct types that are twice the one below",
            module(section(1, vector(bytes(0x5f, 0), bytes(0x5f, 2, 0x63, 0, 0, 0x63, 0, 0)))),
            "type section, type 0, byte 0xb: form 0x5f: only function types are accepted"),
        bomb(
            "parameters of reference types that are twice the one below",
            module(section(1, vector(type(bytes(), bytes()), bytes(0x60, 2, 0x64, 0, 0x64, 0, 0)))),
            "type section, type 1, byte 0x10: value type 0x64: is not an accepted type"),
        bomb(
            "a constant expression of 100,000 additions",
            module(section(6, vector(concat(bytes(I32, 0), longExpression)))),
            "global section, global 0"));
  }

  @Test
  void dropsANameSectionUnread() {
    byte[][] names =
        IntStream.range(0, 100_000)
            .mapToObj(i -> concat(u32(100_000 - i), name("f" + i)))
            .toArray(byte[][]::new);
    byte[] wasm = module(section(0, name("name"), bytes(1), sized(vector(names))));

    assertThat(Upload.check(wasm)).isEqualTo(Upload.check(module()));
  }

  @Test
  void countsTheLabelsOfABranchTableAsInstructions() {
    byte[] wasm = moduleWithCode(bytes(0x41, 0, 0x0e, 3, 0, 0, 0, 0));
    GateLimits limits = GateLimits.defaults();

    new ModuleGate(limits.with(Limit.INSTRUCTIONS, 6)).check(wasm);
    assertThatThrownBy(() -> new ModuleGate(limits.with(Limit.INSTRUCTIONS, 5)).check(wasm))
        .hasMessage(
            "code section, function 0: a count of 6 instructions so far is over the limit of 5");
  }

  @Test
  void obeysTheLimitsItIsGiven() {
    ModuleGate narrow = new ModuleGate(GateLimits.defaults().with(Limit.MEMORY_PAGES, 16));
    byte[] wasm = module(ONE_PAGE);

    assertThat(narrow.check(wasm).maximumMemoryPages()).isEqualTo(16);
    assertThat(Upload.check(wasm).maximumMemoryPages()).isEqualTo(256);
  }

  private static byte[][] exports(int count) {
    return IntStream.range(0, count).mapToObj(i -> export("e" + i, 2, 0)).toArray(byte[][]::new);
  }

  private static Arguments bomb(String description, byte[] wasm, String message) {
    return Arguments.of(new Upload(description, wasm), message);
  }
}
