package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.testkit.Wasm.*;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * What attackers upload. All of it speaks guest ABI 1 and passes the gate; whoever joins is told a
 * dot, so that an attacker knows that the hook has run.
 */
final class Modules {
  private static final int PAGE = 65_536;
  private static final int MAILBOX = 64;
  private static final int STATUS = MAILBOX + 12;
  private static final int DOT = 512;
  private static final int INBOX = 1_024;

  /** Bytes of what a weapon is told at least. */
  private static final int ORDER = 13;

  private static final int I32_CONST = 0x41;
  private static final int I64_CONST = 0x42;
  private static final int I32_STORE = 0x36;
  private static final int CALL = 0x10;
  private static final int DROP = 0x1a;
  private static final int NOP = 0x01;

  private Modules() {}

  /** A guest that does what its room's name or a message tells it: see {@code weapon.wat}. */
  static byte[] weapon() {
    return resource("/org/cloudramp/sandbox/attack/weapon.wasm");
  }

  /** What a weapon is told, as a binary message. */
  static byte[] order(char what, int a, int b, int c) {
    return order(what, a, b, c, ORDER);
  }

  /** The same in a message of so many bytes, most of them for nothing. */
  static byte[] order(char what, int a, int b, int c, int bytes) {
    ByteBuffer order = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    order.put((byte) what).putInt(a).putInt(b).putInt(c);
    return WebSocketBytes.frame(WebSocketBytes.BINARY, order.array());
  }

  /** One of the example rooms. */
  static byte[] example(String name) {
    return resource("/guests/" + name + ".wasm");
  }

  private static byte[] resource(String path) {
    try (InputStream in = Objects.requireNonNull(Modules.class.getResourceAsStream(path), path)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A module that is like no other of the same kind but for the number. */
  static Builder module(int number) {
    return new Builder(number);
  }

  /** 20,000 functions of nothing, or fewer. */
  static byte[] emptyFunctions(int count, int number) {
    Builder module = module(number);
    for (int i = 0; i < count; i++) {
      module.function(bytes());
    }
    return module.build();
  }

  /** Functions of 100 KB of {@code nop} each. */
  static byte[] nops(int bytes, int number) {
    return repeated(bytes, bytes(NOP), number);
  }

  /** Functions of constants that are thrown away. */
  static byte[] constants(int bytes, int number) {
    return repeated(bytes, bytes(I64_CONST, 1, DROP), number);
  }

  private static byte[] repeated(int bytes, byte[] instructions, int number) {
    int each = 100_000;
    Builder module = module(number);
    for (int i = 0; i < bytes / each; i++) {
      module.function(repeat(each / instructions.length, instructions));
    }
    return module.build();
  }

  /** Builds a module; what is not asked for is not there. */
  static final class Builder {
    private final int number;
    private int pages = 1;
    private byte[] data = new byte[0];
    private final List<byte[]> tables = new ArrayList<>();
    private final List<byte[]> globals = new ArrayList<>();
    private final List<byte[]> functions = new ArrayList<>();
    private boolean roomMemory;
    private byte[] initialize = new byte[0];
    private byte[] onStart = new byte[0];
    private byte[] onJoin = bytes(CALL, 0);
    private byte[] locals = vector();

    private Builder(int number) {
      this.number = number;
    }

    Builder pages(int initial) {
      pages = initial;
      return this;
    }

    /** Bytes in the memory that no compression makes smaller, from the second page on. */
    Builder data(int bytes) {
      data = new byte[bytes];
      new Random(number).nextBytes(data);
      return this;
    }

    Builder table(int entries) {
      tables.add(concat(bytes(FUNCREF, 0), u32(entries)));
      return this;
    }

    /** Globals of 64 bits, of which the first thousand can change. */
    Builder globals(int count) {
      for (int i = 0; i < count; i++) {
        globals.add(bytes(I64, i < 1_000 ? 1 : 0, I64_CONST, 0, END));
      }
      return this;
    }

    /** A function that nobody calls. */
    Builder function(byte[] code) {
      functions.add(body(vector(), code));
      return this;
    }

    /** The same with locals, as a vector of groups. */
    Builder function(byte[] groups, byte[] code) {
      functions.add(body(groups, code));
      return this;
    }

    Builder roomMemory() {
      roomMemory = true;
      return this;
    }

    /** Runs when an instance is made; has a local of 32 bits. */
    Builder initialize(byte[] code) {
      initialize = code;
      locals = vector(concat(u32(1), bytes(I32)));
      return this;
    }

    Builder onStart(byte[] code) {
      onStart = code;
      return this;
    }

    Builder onJoin(byte[] code) {
      onJoin = code;
      return this;
    }

    byte[] build() {
      int own = 4 + functions.size(); // sandbox_abi_1, _initialize, onStart, onJoin
      List<byte[]> declared = new ArrayList<>(List.of(u32(1), u32(0), u32(0), u32(0)));
      List<byte[]> bodies =
          new ArrayList<>(
              List.of(
                  body(vector(), concat(bytes(I32_CONST), signed(MAILBOX))),
                  body(locals, initialize),
                  body(vector(), onStart),
                  body(vector(), onJoin)));
      for (byte[] function : functions) {
        declared.add(u32(0));
        bodies.add(function);
      }
      List<byte[]> exports =
          new ArrayList<>(
              List.of(
                  export("memory", 2, 0), export("sandbox_abi_1", 0, 1), export("onJoin", 0, 4)));
      if (initialize.length > 0) {
        exports.add(export("_initialize", 0, 2));
      }
      if (roomMemory) {
        exports.add(export("sandbox_room_memory", 0, 1));
        exports.add(export("onStart", 0, 3));
      }
      List<byte[]> segments =
          new ArrayList<>(
              List.of(
                  segment(MAILBOX, mailbox()),
                  segment(DOT, bytes(0, 1, 0, 0, 0, '.', 0, 0, 0, 0)),
                  segment(DOT + 16, little(number))));
      if (data.length > 0) {
        segments.add(segment(PAGE, data));
      }
      List<byte[]> sections = new ArrayList<>();
      sections.add(section(1, vector(type(bytes(), bytes()), type(bytes(), bytes(I32)))));
      sections.add(section(2, vector(functionImport("room", "broadcast", 0))));
      sections.add(section(3, vector(declared.toArray(byte[][]::new))));
      if (!tables.isEmpty()) {
        sections.add(section(4, vector(tables.toArray(byte[][]::new))));
      }
      sections.add(section(5, vector(concat(bytes(0), u32(pages)))));
      if (!globals.isEmpty()) {
        sections.add(section(6, vector(globals.toArray(byte[][]::new))));
      }
      sections.add(section(7, vector(exports.toArray(byte[][]::new))));
      sections.add(section(10, vector(bodies.toArray(byte[][]::new))));
      sections.add(section(11, vector(segments.toArray(byte[][]::new))));
      if (own != declared.size()) {
        throw new AssertionError("functions without a body");
      }
      return org.cloudramp.sandbox.testkit.Wasm.module(sections.toArray(byte[][]::new));
    }

    /** Where events go, and what is said to whoever joins. */
    private static byte[] mailbox() {
      return concat(
          little(INBOX), // event_ptr
          little(PAGE - INBOX), // event_cap
          little(0), // event_len
          little(0), // status
          little(DOT), // req_ptr
          little(10)); // req_len
    }

    private static byte[] segment(int address, byte[] content) {
      return concat(bytes(0, I32_CONST), signed(address), bytes(END), sized(content));
    }
  }

  /** Code that refuses the hook. */
  static byte[] refuse() {
    return concat(bytes(I32_CONST), signed(STATUS), bytes(I32_CONST, 1, I32_STORE, 2, 0));
  }

  /** Code that executes {@code unreachable}. */
  static byte[] trap() {
    return bytes(0);
  }

  /** Code that counts its local 0 up to a number, and does nothing else. */
  static byte[] count(int times) {
    return concat(
        bytes(0x03, 0x40), // loop
        bytes(0x20, 0, I32_CONST, 1, 0x6a, 0x22, 0), // local.get 0, +1, local.tee 0
        bytes(I32_CONST),
        signed(times),
        bytes(0x49, 0x0d, 0, END)); // lower? again
  }

  /** Code that writes over all of a memory of so many pages. */
  static byte[] fill(int pages) {
    // Behind the mailbox and the inbox, so that the guest still speaks.
    return concat(
        bytes(I32_CONST),
        signed(PAGE),
        bytes(I32_CONST, 1, I32_CONST),
        signed((pages - 1) * PAGE),
        bytes(0xfc, 11, 0));
  }

  /** Code that makes the memory larger by so many pages, and writes over them. */
  static byte[] grow(int pages) {
    return concat(bytes(I32_CONST), signed(pages), bytes(0x40, 0, DROP), fill(pages));
  }

  private static byte[] little(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }
}
