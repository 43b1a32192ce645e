package org.cloudramp.sandbox.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes modules in the binary format, good and bad ones alike: nothing here checks that the pieces
 * fit. Each method gives bytes; the numbers are those of the specification.
 */
public final class Wasm {
  /** The type {@code i32}. */
  public static final int I32 = 0x7f;

  /** The type {@code i64}. */
  public static final int I64 = 0x7e;

  /** The type {@code f32}. */
  public static final int F32 = 0x7d;

  /** The type {@code f64}. */
  public static final int F64 = 0x7c;

  /** The type of references to functions. */
  public static final int FUNCREF = 0x70;

  /** The type of references to whatever the host has. */
  public static final int EXTERNREF = 0x6f;

  /** The opcode that ends a block, a body or an expression. */
  public static final int END = 0x0b;

  /** A type section with the only type {@code () -> ()}. */
  public static final byte[] TYPE_NOTHING = section(1, vector(type(bytes(), bytes())));

  /** A function section with one function of type 0. */
  public static final byte[] ONE_FUNCTION = section(3, vector(u32(0)));

  /** A memory section with one memory of one page. */
  public static final byte[] ONE_PAGE = section(5, vector(bytes(0, 1)));

  private Wasm() {}

  /** A module of these sections, in this order. */
  public static byte[] module(byte[]... sections) {
    return concat(bytes(0, 'a', 's', 'm', 1, 0, 0, 0), concat(sections));
  }

  /** A module with one function of type {@code () -> ()} without locals. */
  public static byte[] moduleWithCode(byte[] code) {
    return module(TYPE_NOTHING, ONE_FUNCTION, codeSection(code));
  }

  /** A section: its id, its length, and its content. */
  public static byte[] section(int id, byte[]... content) {
    return concat(bytes(id), sized(content));
  }

  /** A code section of functions without locals; each {@code code} gets its last {@code end}. */
  public static byte[] codeSection(byte[]... code) {
    byte[][] bodies = Arrays.stream(code).map(c -> body(vector(), c)).toArray(byte[][]::new);
    return section(10, vector(bodies));
  }

  /** A function's body; its {@code code} gets its last {@code end}. */
  public static byte[] body(byte[] locals, byte[] code) {
    return sized(locals, code, bytes(END));
  }

  /** The type of a function. */
  public static byte[] type(byte[] parameters, byte[] results) {
    return concat(bytes(0x60), u32(parameters.length), parameters, u32(results.length), results);
  }

  /** An export; {@code kind} is 0 for a function, 1 a table, 2 a memory, 3 a global. */
  public static byte[] export(String name, int kind, int index) {
    return concat(name(name), bytes(kind), u32(index));
  }

  /** An import of a function. */
  public static byte[] functionImport(String module, String name, int type) {
    return concat(name(module), name(name), bytes(0), u32(type));
  }

  /** How many items there are, and the items. */
  public static byte[] vector(byte[]... items) {
    return concat(u32(items.length), concat(items));
  }

  /** A vector of {@code count} times the same item. */
  public static byte[] vectorOf(int count, byte[] item) {
    return concat(u32(count), repeat(count, item));
  }

  /** The same bytes {@code count} times. */
  public static byte[] repeat(int count, byte[] item) {
    byte[] all = new byte[Math.multiplyExact(count, item.length)];
    for (int i = 0; i < count; i++) {
      System.arraycopy(item, 0, all, i * item.length, item.length);
    }
    return all;
  }

  /** The content behind its length in bytes. */
  public static byte[] sized(byte[]... content) {
    byte[] all = concat(content);
    return concat(u32(all.length), all);
  }

  /** A text in UTF-8 behind its length in bytes. */
  public static byte[] name(String text) {
    return sized(text.getBytes(StandardCharsets.UTF_8));
  }

  /** An unsigned LEB128 number. */
  public static byte[] u32(long value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    long rest = value;
    while (rest > 0x7f) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>= 7;
    }
    out.write((int) rest);
    return out.toByteArray();
  }

  /** A signed LEB128 number; at least 0. */
  public static byte[] signed(int value) {
    byte[] unsigned = u32(value);
    boolean looksNegative = (unsigned[unsigned.length - 1] & 0x40) != 0;
    if (!looksNegative) {
      return unsigned;
    }
    unsigned[unsigned.length - 1] |= (byte) 0x80;
    return concat(unsigned, bytes(0));
  }

  /** These bytes, each from 0 to 255. */
  public static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /** One after the other. */
  public static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
