package org.cloudramp.sandbox.hostile;

import static org.cloudramp.sandbox.testkit.Wasm.*;

import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.testkit.Guests;

/** What strangers may upload: for each line of the table in docs/security.md at least one input. */
final class Corpus {
  /** A guest that attacks on demand, by the first byte of a message. */
  static final Supplier<byte[]> ATTACKS = () -> Made.bytes("attacks.wasm");

  private static final byte[] TWO_GIGABYTES = u32(1L << 31);
  private static final byte[] FOUR_GIGABYTES = u32(0xffff_ffffL);
  private static final byte[] NO_CODE = body(vector(), bytes());
  private static final byte[] ONE_TABLE_ENTRY = section(4, vector(bytes(FUNCREF, 0, 1)));

  private Corpus() {}

  static Stream<HostileInput> all() {
    return Stream.of(malformed(), bombs(), running(), abi(), betweenTenants()).flatMap(s -> s);
  }

  static Stream<HostileInput> malformed() {
    return Stream.of(
        malformed("2", "bad magic", () -> bytes(0, 'a', 's', 'n', 1, 0, 0, 0)),
        malformed("2", "version 2", () -> bytes(0, 'a', 's', 'm', 2, 0, 0, 0)),
        malformed(
            "3",
            "an overlong LEB128 number",
            () -> module(section(1, bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0)))),
        malformed(
            "3",
            "a LEB128 number of 35 bits",
            () -> module(section(1, bytes(0x80, 0x80, 0x80, 0x80, 0x10)))),
        malformed("4", "a section of 2^31 bytes", () -> module(concat(bytes(0), TWO_GIGABYTES))),
        malformed(
            "4",
            "a section that moves the cursor back",
            () -> module(concat(bytes(0), u32(0xffff_fff6L)))),
        malformed(
            "5",
            "2 GB of data",
            () -> module(ONE_PAGE, section(11, bytes(1, 0, 0x41, 0, END), TWO_GIGABYTES))),
        malformed(
            "6",
            "data of a negative length",
            () -> module(ONE_PAGE, section(11, bytes(1, 0, 0x41, 0, END), FOUR_GIGABYTES))),
        malformed(
            "7",
            "2^31 elements",
            () -> module(ONE_TABLE_ENTRY, section(9, bytes(1, 0, 0x41, 0, END), TWO_GIGABYTES))),
        malformed("8", "2^31 parameters", () -> module(section(1, bytes(1, 0x60), TWO_GIGABYTES))),
        malformed(
            "9", "a rec type of 2^31", () -> module(section(1, bytes(1, 0x4e), TWO_GIGABYTES))),
        malformed("10", "sections out of order", () -> module(ONE_PAGE, TYPE_NOTHING)),
        malformed("10", "a section twice", () -> module(ONE_PAGE, ONE_PAGE)),
        malformed("11", "an end too many", () -> moduleWithCode(bytes(END))),
        malformed("11", "an end too few", () -> moduleWithCode(bytes(0x02, 0x40))),
        malformed("12", "a label that is not open", () -> moduleWithCode(bytes(0x0c, 1))),
        malformed(
            "12",
            "a br_table whose default is not open",
            () -> moduleWithCode(bytes(0x41, 0, 0x0e, 1, 0, 1))),
        malformed(
            "13",
            "a name that is not UTF-8",
            () -> module(ONE_PAGE, section(7, vector(bytes(2, 0xc0, 0x80, 2, 0))))));
  }

  static Stream<HostileInput> bombs() {
    return Stream.of(
        bomb(
            "15",
            "50,000 functions",
            () ->
                module(
                    TYPE_NOTHING,
                    section(3, vectorOf(50_000, u32(0))),
                    section(10, vectorOf(50_000, NO_CODE)))),
        bomb("16", "one function of 7 MB", () -> moduleWithCode(repeat(7_000_000, bytes(1)))),
        bomb("16", "one function of 3 MB", () -> moduleWithCode(repeat(3_000_000, bytes(1)))),
        bomb("17", "100,000 blocks in each other", () -> moduleWithCode(blocks(100_000, bytes()))),
        bomb("17", "30,000 blocks in each other", () -> moduleWithCode(blocks(30_000, bytes()))),
        bomb(
            "18",
            "br_tables whose labels are 2,000 blocks away",
            () ->
                moduleWithCode(
                    blocks(
                        2_000,
                        repeat(
                            10,
                            concat(bytes(0x41, 0, 0x0e), u32(4_096), repeat(4_097, u32(1_999))))))),
        bomb(
            "18",
            "a br_table of 100,000 labels",
            () ->
                moduleWithCode(
                    concat(bytes(0x41, 0, 0x0e), u32(100_000), repeat(100_001, bytes(0))))),
        bomb(
            "19",
            "a thousand groups of a million locals",
            () -> oneBody(vectorOf(1_000, concat(u32(1_000_000), bytes(I32))), bytes())),
        bomb(
            "20",
            "20,000 locals in 20,000 blocks",
            () ->
                oneBody(
                    vector(concat(u32(20_000), bytes(I32))),
                    repeat(20_000, bytes(0x02, 0x40, END)))),
        bomb(
            "20",
            "4,096 locals in 20,000 blocks",
            () ->
                oneBody(
                    vector(concat(u32(4_096), bytes(I32))),
                    repeat(20_000, bytes(0x02, 0x40, END)))),
        bomb(
            "21",
            "20 functions that are too long for a method of Java",
            () ->
                module(
                    TYPE_NOTHING,
                    section(3, vectorOf(20, u32(0))),
                    section(10, vectorOf(20, body(vector(), repeat(200_000, bytes(1))))))),
        bomb(
            "22",
            "20,000 types",
            () -> module(section(1, vectorOf(20_000, type(bytes(), bytes()))))),
        malformed(
            "23",
            "a tower of types that are twice the one below",
            () ->
                module(section(1, vector(bytes(0x5f, 0), bytes(0x5f, 2, 0x63, 0, 0, 0x63, 0, 0))))),
        completes("24", "100,000 names in reverse order", Corpus::namesInReverse, "fine", 0, ""),
        bomb("25", "500,000 custom sections", () -> module(repeat(500_000, section(0, name("x"))))),
        bomb("26", "100,000 exports", () -> module(ONE_PAGE, section(7, vector(exports(100_000))))),
        malformed(
            "27",
            "a name exported twice",
            () -> module(ONE_PAGE, section(7, vector(export("m", 2, 0), export("m", 2, 0))))),
        bomb(
            "28",
            "5 MB of data",
            () ->
                module(
                    section(5, vector(bytes(0, 100))),
                    section(11, vector(concat(bytes(0, 0x41, 0, END), sized(new byte[5 << 20])))))),
        bomb("29", "100,000 segments", () -> module(section(11, vectorOf(100_000, bytes(1, 0))))),
        malformed(
            "30",
            "a constant expression of 100,000 additions",
            () ->
                module(
                    section(
                        6,
                        vector(
                            concat(
                                bytes(I32, 0, 0x41, 1),
                                repeat(100_000, bytes(0x41, 1, 0x6a)),
                                bytes(END)))))),
        fails(
            "31",
            "a loop of 100 KB, which no JIT compiles",
            () ->
                hook(
                    concat(
                        bytes(0x03, 0x40),
                        repeat(10_000, bytes(0x41, 1, 0x41, 2, 0x6a, 0x1a)),
                        bytes(0x0c, 0, END))),
            "loop",
            GuestException.Kind.DEADLINE),
        bomb(
            "31a",
            "7.6 MB of blocks",
            () ->
                module(
                    TYPE_NOTHING,
                    section(3, vectorOf(76, u32(0))),
                    section(10, vectorOf(76, body(vector(), blocks(33_000, bytes())))))),
        bomb(
            "31b",
            "10,000 loops in a row",
            () ->
                oneBody(
                    vector(concat(u32(1), bytes(I32))),
                    repeat(
                        10_000, bytes(0x03, 0x40, 0x20, 0, 0x41, 1, 0x6a, 0x22, 0, 0x0d, 0, END)))),
        bomb(
            "31c",
            "30 functions of 30,000 branches",
            () ->
                module(
                    TYPE_NOTHING,
                    section(3, vectorOf(30, u32(0))),
                    section(
                        10,
                        vectorOf(30, body(vector(), repeat(30_000, bytes(0x41, 0, 0x0d, 0))))))),
        completes(
            "31a",
            "2 MB of blocks",
            () -> hook(bytes(), 20, repeat(33_000, bytes(0x02, 0x40, END))),
            "x",
            0,
            ""));
  }

  static Stream<HostileInput> running() {
    return Stream.of(
        attack("32", "an endless loop", "L", GuestException.Kind.DEADLINE),
        attack("33", "an endless recursion", "R", GuestException.Kind.TRAPPED),
        attack("34", "a tree of 2^40 calls", "T", GuestException.Kind.DEADLINE),
        attack("35", "all memory filled 60,000 times", "F", GuestException.Kind.DEADLINE),
        attack("36", "memory grown in a loop", "G", 1, "0001"),
        malformed("37", "a table grown by 2^31", () -> Made.bytes("table-grow.wasm")),
        bomb(
            "38",
            "100 tables of 10 million",
            () -> module(section(4, vectorOf(100, concat(bytes(FUNCREF, 0), u32(10_000_000)))))),
        bomb(
            "39",
            "65,536 pages at the start",
            () -> module(section(5, vector(concat(bytes(0), u32(65_536)))))),
        malformed(
            "40",
            "an array of 2e9",
            () ->
                module(
                    section(1, vector(bytes(0x5e, I32, 1), type(bytes(), bytes()))),
                    section(3, vector(u32(1))),
                    codeSection(
                        concat(bytes(0x41), signed(2_000_000_000), bytes(0xfb, 7, 0, 0x1a))))),
        malformed(
            "41",
            "a loop that makes garbage",
            () ->
                module(
                    TYPE_NOTHING,
                    ONE_FUNCTION,
                    codeSection(bytes(0x03, 0x40, 0xfb, 1, 0, 0x1a, 0x0c, 0, END)))),
        attack("42", "a million host calls", "H", GuestException.Kind.QUOTA),
        attack("43", "a flood of logs", "l", 1, "0010"),
        attack("44", "2 MiB sent at once", "S", GuestException.Kind.QUOTA),
        malformed("45", "an atomic wait", () -> Made.bytes("atomic-wait.wasm")),
        malformed("46", "a loop in the start function", () -> Made.bytes("start-loops.wasm")),
        new HostileInput(
            "46",
            "a loop in _initialize",
            () -> Guests.wasm("abi/initialize-loops"),
            "",
            new Outcome.NotInitialised(GuestException.Kind.DEADLINE)),
        // A plugin's function is given up before the deadline: the guest gets code 3 and can still
        // act on it.
        attack("47", "a host function that takes too long", "w", 1, "9913"));
  }

  static Stream<HostileInput> abi() {
    return Stream.of(
        notInitialised("48", "a mailbox at 0", "abi/mailbox-at-zero"),
        notInitialised("49", "a mailbox at -36", "abi/mailbox-negative"),
        notInitialised("50", "a mailbox beyond memory", "abi/mailbox-beyond"),
        breaks("51", "an inbox over the mailbox", "abi/inbox-over-mailbox", "x"),
        breaks("51", "an inbox beyond memory", "abi/inbox-beyond", "x"),
        attack("52", "a response over the request", "o", 2, "0010"),
        breaks("52", "a response over the mailbox", "abi/misbehave", "m"),
        breaks("52", "a response beyond memory", "abi/misbehave", "b"),
        fails(
            "53",
            "sandbox_reserve loops",
            () -> Guests.wasm("abi/reserve-loops"),
            "x",
            GuestException.Kind.DEADLINE),
        attack("54", "re-entrance through the host", "e", 1, "0010"),
        attack("55", "a response in a page that is new", "s", 1, "0020"),
        breaks("56", "a request whose end overflows 32 bits", "abi/misbehave", "o"),
        breaks("56", "a request beyond memory", "abi/misbehave", "p"),
        breaks("57", "a text longer than its request", "abi/misbehave", "l"),
        breaks("57", "a list of 2^31", "abi/misbehave", "c"),
        attack("58", "text that is not UTF-8", "U", 2, "0010"),
        attack("59", "a lone surrogate", "9", 2, "0010"),
        unlinkable("60", "a hook with an argument", () -> Guests.wasm("abi/wrong-signature")),
        unlinkable("61", "an unknown import", () -> Guests.wasm("abi/unknown-import")),
        unlinkable("62", "no memory", () -> Guests.wasm("abi/no-memory")),
        malformed("63", "a shared memory", () -> Made.bytes("shared-memory.wasm")),
        malformed("64", "a memory of 64 bits", () -> Made.bytes("memory64.wasm")),
        unlinkable("65", "WASI", () -> Guests.wasm("abi/wasi")),
        malformed("65a", "a call of the future sandbox:save", () -> moduleWithCode(bytes(0x10, 1))),
        malformed(
            "65a",
            "a change of the future shadow of a global",
            () ->
                module(
                    TYPE_NOTHING,
                    ONE_FUNCTION,
                    section(6, vector(bytes(I32, 1, 0x41, 0, END))),
                    codeSection(bytes(0x41, 0, 0x24, 1)))),
        malformed("65b", "data.drop", () -> Made.bytes("data-drop.wasm")),
        malformed("65b", "elem.drop", () -> Made.bytes("elem-drop.wasm")),
        malformed("65b", "table.set", () -> Made.bytes("table-set.wasm")),
        attack("65c", "a page more in each hook", "p", 1, "0020"),
        bomb(
            "65d",
            "10,000 mutable globals",
            () -> module(section(6, vectorOf(10_000, bytes(I32, 1, 0x41, 0, END))))));
  }

  static Stream<HostileInput> betweenTenants() {
    return Stream.of(
        attack("73", "5,000 broadcasts", "A", 1_000, "\ufffd"),
        // Four fit into the 4 MiB, two are refused with code 4, and the short answer fits again.
        attack("73", "6 broadcasts of 900 KB", "B", 5, "00q4"));
  }

  private static HostileInput malformed(String line, String what, Supplier<byte[]> upload) {
    return refused(line, what, upload, ModuleException.Kind.MALFORMED);
  }

  private static HostileInput bomb(String line, String what, Supplier<byte[]> upload) {
    return refused(line, what, upload, ModuleException.Kind.LIMIT);
  }

  private static HostileInput unlinkable(String line, String what, Supplier<byte[]> upload) {
    return refused(line, what, upload, ModuleException.Kind.UNLINKABLE);
  }

  private static HostileInput refused(
      String line, String what, Supplier<byte[]> upload, ModuleException.Kind kind) {
    return new HostileInput(line, what, upload, "", new Outcome.Refused(kind));
  }

  private static HostileInput notInitialised(String line, String what, String guest) {
    return new HostileInput(
        line,
        what,
        () -> Guests.wasm(guest),
        "",
        new Outcome.NotInitialised(GuestException.Kind.ABI));
  }

  private static HostileInput breaks(String line, String what, String guest, String message) {
    return fails(line, what, () -> Guests.wasm(guest), message, GuestException.Kind.ABI);
  }

  private static HostileInput fails(
      String line, String what, Supplier<byte[]> upload, String message, GuestException.Kind kind) {
    return new HostileInput(line, what, upload, message, new Outcome.Fails(kind));
  }

  private static HostileInput completes(
      String line, String what, Supplier<byte[]> upload, String message, int events, String last) {
    return new HostileInput(line, what, upload, message, new Outcome.Completes(events, last));
  }

  private static HostileInput attack(
      String line, String what, String order, GuestException.Kind kind) {
    return fails(line, what, ATTACKS, order, kind);
  }

  private static HostileInput attack(
      String line, String what, String order, int events, String last) {
    return completes(line, what, ATTACKS, order, events, last);
  }

  /** A guest whose hook is this code. */
  static byte[] hook(byte[] code) {
    return hook(code, 0, bytes());
  }

  /** As above, with further functions, which nobody calls. */
  private static byte[] hook(byte[] code, int more, byte[] codeOfEach) {
    byte[] tellsMailbox =
        concat(
            bytes(0x41),
            signed(64),
            bytes(0x41),
            signed(1_024),
            bytes(0x36, 2, 0), // event_ptr
            bytes(0x41),
            signed(68),
            bytes(0x41),
            signed(60_000),
            bytes(0x36, 2, 0), // event_cap
            bytes(0x41),
            signed(64));
    return module(
        section(1, vector(type(bytes(), bytes()), type(bytes(), bytes(I32)))),
        section(3, concat(u32(2 + more), u32(1), u32(0), repeat(more, u32(0)))),
        ONE_PAGE,
        section(
            7,
            vector(
                export("memory", 2, 0), export("sandbox_abi_1", 0, 0), export("onMessage", 0, 1))),
        section(
            10,
            concat(
                u32(2 + more),
                body(vector(), tellsMailbox),
                body(vector(), code),
                repeat(more, body(vector(), codeOfEach)))));
  }

  private static byte[] oneBody(byte[] locals, byte[] code) {
    return module(TYPE_NOTHING, ONE_FUNCTION, section(10, vector(body(locals, code))));
  }

  private static byte[] blocks(int count, byte[] inside) {
    return concat(repeat(count, bytes(0x02, 0x40)), inside, repeat(count, bytes(END)));
  }

  private static byte[][] exports(int count) {
    return IntStream.range(0, count).mapToObj(i -> export("e" + i, 2, 0)).toArray(byte[][]::new);
  }

  private static byte[] namesInReverse() {
    byte[][] names =
        IntStream.range(0, 100_000)
            .mapToObj(i -> concat(u32(100_000 - i), name("f" + i)))
            .toArray(byte[][]::new);
    return concat(hook(bytes()), section(0, name("name"), bytes(1), sized(vector(names))));
  }
}
