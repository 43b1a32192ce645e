package org.cloudramp.sandbox.core.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.api.error.ModuleException.Kind.MALFORMED;
import static org.cloudramp.sandbox.core.gate.Upload.assertRefused;
import static org.cloudramp.sandbox.testkit.Wasm.*;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that are no module. */
class MalformedModulesTest {
  private static final byte[] TWO_GIGABYTES = u32(1L << 31);
  private static final byte[] FOUR_GIGABYTES = u32((1L << 32) - 1);

  @ParameterizedTest
  @ValueSource(strings = {"assemblyscript-stub", "c-unoptimized"})
  void refusesAModuleThatIsCutAnywhere(String name) {
    byte[] wasm = RealModules.load(name);
    Set<Integer> ends = endsOfSections(wasm);
    for (int length = 0; length < wasm.length; length++) {
      if (!ends.contains(length)) { // a module without its last sections can be a good one
        byte[] cut = Arrays.copyOf(wasm, length);
        assertThat(Upload.refusal(cut)).as("cut at %s", length).isEqualTo(MALFORMED);
      }
    }
  }

  private static Set<Integer> endsOfSections(byte[] wasm) {
    Set<Integer> ends = new HashSet<>();
    Cursor file = new Cursor(wasm, new Location());
    file.skip(8);
    ends.add(file.position());
    while (!file.atEnd()) {
      file.u8();
      file.sized("the section");
      ends.add(file.position());
    }
    return ends;
  }

  @ParameterizedTest
  @MethodSource
  void refuses(Upload upload, String message) {
    assertRefused(upload.wasm(), MALFORMED).hasMessageContaining(message);
  }

  static Stream<Arguments> refuses() {
    byte[] page = ONE_PAGE;
    return Stream.of(
        // The frame.
        malformed("nothing", bytes(), "header, byte 0x0: this is not a WebAssembly module"),
        malformed("bad magic", bytes(0, 'a', 's', 'n', 1, 0, 0, 0), "not a WebAssembly module"),
        malformed("a component", bytes(0, 'a', 's', 'm', 13, 0, 1, 0), "version 0x1000d"),
        malformed("an unknown section", module(section(14)), "section 14 is not known"),
        malformed(
            "a section of 2 GB",
            module(concat(bytes(1), TWO_GIGABYTES)),
            "type section, byte 0xd: 2,147,483,648 bytes of the section do not fit in 0 bytes"),
        malformed(
            "a section whose size is 10 bytes less than nothing",
            module(concat(bytes(0), u32(0xffff_fff6L))),
            "4,294,967,286 bytes of the section do not fit"),
        malformed("sections out of order", module(page, TYPE_NOTHING), "after the memory section"),
        malformed("a section twice", module(page, page), "after the memory section"),
        malformed(
            "a data count section after the code",
            module(codeSection(), section(12, u32(0))),
            "data count section"),
        malformed(
            "a section with bytes left over",
            module(section(1, vector(), bytes(0))),
            "type section, byte 0xa: 1 bytes are left over"),

        // Numbers and names.
        malformed(
            "an overlong LEB128 number",
            module(section(1, bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0))),
            "more bytes than 32 bits need"),
        malformed(
            "a LEB128 number of 35 bits",
            module(section(1, bytes(0x80, 0x80, 0x80, 0x80, 0x10))),
            "more than 32 bits"),
        malformed(
            "a signed LEB128 number whose unused bits are not its sign",
            moduleWithCode(bytes(0x41, 0xff, 0xff, 0xff, 0xff, 0x4f, 0x1a)),
            "more than 32 bits"),
        malformed(
            "a LEB128 number of 70 bits",
            moduleWithCode(concat(bytes(0x42), repeat(10, bytes(0x80)), bytes(0x00, 0x1a))),
            "more bytes than 64 bits need"),
        malformed(
            "a name that is not UTF-8",
            module(ONE_PAGE, section(7, vector(bytes(2, 0xc0, 0x80, 2, 0)))),
            "export section, export 0, byte 0x11: a name is not UTF-8"),
        malformed(
            "a surrogate in a name",
            module(ONE_PAGE, section(7, vector(bytes(3, 0xed, 0xa0, 0x80, 2, 0)))),
            "not UTF-8"),
        malformed(
            "a custom section whose name is longer than it",
            module(section(0, bytes(5, 'n'))),
            "5 bytes of a name do not fit in 1 bytes"),

        // Counts that lie.
        malformed(
            "2^31 types",
            module(section(1, TWO_GIGABYTES)),
            "2,147,483,648 items do not fit in 0 bytes"),
        malformed(
            "2^31 parameters",
            module(section(1, bytes(1, 0x60), TWO_GIGABYTES)),
            "type section, type 0, byte 0x10: 2,147,483,648 parameters do not fit"),
        malformed(
            "2^32-1 results",
            module(section(1, bytes(1, 0x60, 0), FOUR_GIGABYTES)),
            "results do not fit"),
        malformed(
            "2^31 elements",
            module(
                section(4, vector(bytes(FUNCREF, 0, 1))),
                section(9, bytes(1, 0, 0x41, 0, END), TWO_GIGABYTES)),
            "element section, segment 0"),
        malformed(
            "2 GB of data",
            module(page, section(11, bytes(1, 0, 0x41, 0, END), TWO_GIGABYTES)),
            "data section, segment 0"),
        malformed(
            "data of a negative length",
            module(page, section(11, bytes(1, 0, 0x41, 0, END), FOUR_GIGABYTES)),
            "4,294,967,295 bytes of the segment do not fit"),
        malformed(
            "2^31 labels of a br_table",
            moduleWithCode(concat(bytes(0x41, 0, 0x0e), TWO_GIGABYTES)),
            "2,147,483,648 labels do not fit"),
        malformed(
            "2^31 groups of locals",
            module(TYPE_NOTHING, ONE_FUNCTION, section(10, vector(body(TWO_GIGABYTES, bytes())))),
            "code section, function 0, byte 0x1a: 2,147,483,648 groups of locals do not fit"),
        malformed(
            "a rec type of 2^31",
            module(section(1, bytes(1, 0x4e), TWO_GIGABYTES)),
            "only function types are accepted"),
        malformed(
            "a body that is longer than its section",
            module(TYPE_NOTHING, ONE_FUNCTION, section(10, bytes(1, 9, 0, END))),
            "9 bytes of the body do not fit in 2 bytes"),
        malformed(
            "a function without a body",
            module(TYPE_NOTHING, ONE_FUNCTION),
            "end of the module, byte 0x11: 0 bodies for the 1 functions"),
        malformed(
            "a body without a function",
            module(TYPE_NOTHING, codeSection(bytes())),
            "1 bodies for the 0 functions"),
        malformed(
            "fewer data segments than announced",
            module(page, section(12, u32(2)), section(11, vector(bytes(1, 0)))),
            "data section: 1 segments, but the data count section says 2"),
        malformed(
            "announced data segments and no data section",
            module(page, section(12, u32(2))),
            "there is no data section"),

        // Control.
        malformed(
            "a body that ends too early", moduleWithCode(bytes(END)), "1 bytes after its end"),
        malformed("a body without an end", moduleWithCode(bytes(0x02, 0x40)), "unexpected end"),
        malformed("an else outside of an if", moduleWithCode(bytes(0x05)), "belongs to no if"),
        malformed(
            "a second else",
            moduleWithCode(bytes(0x41, 0, 0x04, 0x40, 0x05, 0x05, END)),
            "belongs to no if"),
        malformed(
            "an else in a block inside of an if",
            moduleWithCode(bytes(0x41, 0, 0x04, 0x40, 0x02, 0x40, 0x05, END, END)),
            "belongs to no if"),
        malformed(
            "a label that is not open",
            moduleWithCode(bytes(0x02, 0x40, 0x0c, 2, END)),
            "label 2 is out of range, there are 2"),
        malformed(
            "a br_table whose default label is not open",
            moduleWithCode(bytes(0x41, 0, 0x0e, 1, 0, 1)),
            "label 1 is out of range, there are 1"),
        malformed(
            "a block of a type that is not there",
            moduleWithCode(bytes(0x02, 1, END)),
            "type 1 is out of range, there are 1"),
        malformed(
            "a block type in two bytes",
            moduleWithCode(bytes(0x02, 0xff, 0x7f, 0x00, END)),
            "type of the block"),
        malformed("a select of two types", moduleWithCode(bytes(0x1c, 2, I32, I32)), "2 types"),
        malformed("an unknown opcode", moduleWithCode(bytes(0xff)), "opcode 0xff: is not"),
        malformed("an unknown 0xfc opcode", moduleWithCode(bytes(0xfc, 18)), "opcode 0xfc 18"),
        malformed(
            "an 0xfc opcode of 2^32-1",
            moduleWithCode(concat(bytes(0xfc), FOUR_GIGABYTES)),
            "opcode 0xfc 4,294,967,295"),

        // Indices. What does not exist yet when the upload is read must stay out of its reach.
        malformed(
            "a call of the future sandbox:save",
            moduleWithCode(bytes(0x10, 1)),
            "code section, function 0, byte 0x18: function 1 is out of range, there are 1"),
        malformed(
            "a reference to the future sandbox:save",
            moduleWithCode(bytes(0xd2, 1, 0x1a)),
            "function 1 is out of range"),
        malformed(
            "the future sandbox:save in a table",
            module(
                section(4, vector(bytes(FUNCREF, 0, 1))),
                section(9, vector(bytes(0, 0x41, 0, END, 1, 0)))),
            "function 0 is out of range, there are 0"),
        malformed(
            "the future sandbox:save in a global",
            module(section(6, vector(bytes(FUNCREF, 0, 0xd2, 0, END)))),
            "function 0 is out of range"),
        malformed(
            "the future sandbox:save in an export",
            module(section(7, vector(export("f", 0, 0)))),
            "export section, export 0 \"f\", byte 0xe: function 0 is out of range"),
        malformed(
            "reading the future shadow of a global",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(6, vector(bytes(I32, 1, 0x41, 0, END))),
                codeSection(bytes(0x23, 1, 0x1a))),
            "global 1 is out of range, there are 1"),
        malformed(
            "setting the future shadow of a global",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(6, vector(bytes(I32, 1, 0x41, 0, END))),
                codeSection(bytes(0x41, 0, 0x24, 1))),
            "global 1 is out of range, there are 1"),
        malformed(
            "exporting the future shadow of a global",
            module(
                section(6, vector(bytes(I32, 1, 0x41, 0, END))),
                section(7, vector(export("g", 3, 1)))),
            "global 1 is out of range"),
        malformed(
            "the future type of sandbox:save",
            module(section(3, vector(u32(0)))),
            "type 0 is out of range, there are 0"),
        malformed(
            "a call of a future type",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(4, vector(bytes(FUNCREF, 0, 1))),
                codeSection(bytes(0x41, 0, 0x11, 1, 0))),
            "type 1 is out of range, there are 1"),
        malformed(
            "a call through a table that is not there",
            moduleWithCode(bytes(0x41, 0, 0x11, 0, 0)),
            "table 0 is out of range, there are 0"),
        malformed(
            "a local that is not there",
            module(
                section(1, vector(type(bytes(I32), bytes()))),
                ONE_FUNCTION,
                section(10, vector(body(bytes(1, 2, I32), bytes(0x20, 3, 0x1a))))),
            "local 3 is out of range, there are 3"),
        malformed(
            "a data segment without a data count section",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                page,
                codeSection(bytes(0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 0, 0)),
                section(11, vector(bytes(1, 0)))),
            "data segment 0 is out of range, there are 0"),
        malformed(
            "a change of an immutable global",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(6, vector(bytes(I32, 0, 0x41, 0, END))),
                codeSection(bytes(0x41, 0, 0x24, 0))),
            "global 0 is immutable"),
        malformed("memory.size of nothing", moduleWithCode(bytes(0x3f, 0, 0x1a)), "no memory"),
        malformed("a load from nothing", moduleWithCode(bytes(0x41, 0, 0x28, 2, 0)), "no memory"),
        malformed(
            "data for no memory",
            module(section(11, vector(bytes(0, 0x41, 0, END, 0)))),
            "there is no memory"),
        malformed(
            "elements for no table",
            module(section(9, vector(bytes(0, 0x41, 0, END, 0)))),
            "there is no table"),
        malformed(
            "a load aligned to more than its size",
            module(TYPE_NOTHING, ONE_FUNCTION, page, codeSection(bytes(0x41, 0, 0x28, 3, 0))),
            "alignment larger than natural"),

        // Declarations.
        malformed("a mutability of 2", module(section(6, vector(bytes(I32, 2)))), "mutability"),
        malformed(
            "a global of another type than its constant",
            module(section(6, vector(bytes(I32, 0, 0x42, 0, END)))),
            "a constant of type i64 where i32 is wanted"),
        malformed(
            "a memory whose maximum is below its minimum",
            module(section(5, vector(bytes(1, 2, 1)))),
            "the maximum 1 is below the minimum 2"),
        malformed(
            "a memory of 65,537 pages",
            module(section(5, vector(concat(bytes(0), u32(65_537))))),
            "more than 65,536 pages"),
        malformed(
            "an export of an unknown kind",
            module(section(7, vector(export("t", 4, 0)))),
            "kind 4 is not accepted"),
        malformed(
            "a name exported twice",
            module(page, section(7, vector(export("m", 2, 0), export("m", 2, 0)))),
            "export section, export 1 \"m\", byte 0x17: the name is exported twice"),
        malformed(
            "a table of numbers",
            module(section(4, vector(bytes(I32, 0, 1)))),
            "i32 is not a reference type"),

        // Segments.
        malformed(
            "data beyond the memory",
            module(page, section(11, vector(bytes(0, 0x41, 0xff, 0xff, 0x03, END, 2, 'a', 'b')))),
            "2 bytes at 65,535 do not fit a memory that starts with 65,536 bytes"),
        malformed(
            "data before the memory",
            module(page, section(11, vector(bytes(0, 0x41, 0x7f, END, 0)))),
            "0 bytes at 4,294,967,295 do not fit"),
        malformed(
            "elements beyond the table",
            module(
                TYPE_NOTHING,
                ONE_FUNCTION,
                section(4, vector(bytes(FUNCREF, 0, 1))),
                section(9, vector(bytes(0, 0x41, 1, END, 1, 0))),
                codeSection(bytes())),
            "1 elements at 1 do not fit a table of 1"),
        malformed(
            "functions for a table of externref",
            module(
                section(4, vector(bytes(EXTERNREF, 0, 1))),
                section(9, vector(bytes(0, 0x41, 0, END, 0)))),
            "elements of type funcref for a table of externref"),
        malformed(
            "an element segment of an unknown kind",
            module(section(9, vector(bytes(8)))),
            "flags 8 are not known"),
        malformed(
            "a data segment of an unknown kind",
            module(page, section(11, vector(bytes(3)))),
            "kind 3 is not known"));
  }

  private static Arguments malformed(String description, byte[] wasm, String message) {
    return Arguments.of(new Upload(description, wasm), message);
  }
}
