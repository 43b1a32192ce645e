package org.cloudramp.sandbox.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes modules, good and bad ones alike: nothing here checks that the pieces fit. */
final class Wasm {
  static final int I32 = 0x7f;
  static final int I64 = 0x7e;
  static final int F32 = 0x7d;
  static final int F64 = 0x7c;
  static final int FUNCREF = 0x70;
  static final int EXTERNREF = 0x6f;
  static final int END = 0x0b;

  /** A type section with the only type {@code () -> ()}. */
  static final byte[] TYPE_NOTHING = section(1, vector(type(bytes(), bytes())));

  /** A function section with one function of type 0. */
  static final byte[] ONE_FUNCTION = section(3, vector(u32(0)));

  /** A memory section with one memory of one page. */
  static final byte[] ONE_PAGE = section(5, vector(bytes(0, 1)));

  private Wasm() {}

  static byte[] module(byte[]... sections) {
    return concat(bytes(0, 'a', 's', 'm', 1, 0, 0, 0), concat(sections));
  }

  /** A module with one function of type {@code () -> ()} without locals. */
  static byte[] moduleWithCode(byte[] code) {
    return module(TYPE_NOTHING, ONE_FUNCTION, codeSection(code));
  }

  static byte[] section(int id, byte[]... content) {
    return concat(bytes(id), sized(content));
  }

  /** A code section of functions without locals; each {@code code} gets its last {@code end}. */
  static byte[] codeSection(byte[]... code) {
    byte[][] bodies = Arrays.stream(code).map(c -> body(vector(), c)).toArray(byte[][]::new);
    return section(10, vector(bodies));
  }

  static byte[] body(byte[] locals, byte[] code) {
    return sized(locals, code, bytes(END));
  }

  static byte[] type(byte[] parameters, byte[] results) {
    return concat(bytes(0x60), u32(parameters.length), parameters, u32(results.length), results);
  }

  static byte[] export(String name, int kind, int index) {
    return concat(name(name), bytes(kind), u32(index));
  }

  static byte[] functionImport(String module, String name, int type) {
    return concat(name(module), name(name), bytes(0), u32(type));
  }

  static byte[] vector(byte[]... items) {
    return concat(u32(items.length), concat(items));
  }

  /** A vector of {@code count} times the same item. */
  static byte[] vectorOf(int count, byte[] item) {
    return concat(u32(count), repeat(count, item));
  }

  static byte[] repeat(int count, byte[] item) {
    byte[] all = new byte[Math.multiplyExact(count, item.length)];
    for (int i = 0; i < count; i++) {
      System.arraycopy(item, 0, all, i * item.length, item.length);
    }
    return all;
  }

  static byte[] sized(byte[]... content) {
    byte[] all = concat(content);
    return concat(u32(all.length), all);
  }

  static byte[] name(String text) {
    return sized(text.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] u32(long value) {
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
  static byte[] signed(int value) {
    byte[] unsigned = u32(value);
    boolean looksNegative = (unsigned[unsigned.length - 1] & 0x40) != 0;
    if (!looksNegative) {
      return unsigned;
    }
    unsigned[unsigned.length - 1] |= (byte) 0x80;
    return concat(unsigned, bytes(0));
  }

  static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
