package org.cloudramp.sandbox.core.gate;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Collects bytes of the binary format. */
final class WasmOutput {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  WasmOutput u8(int... values) {
    for (int value : values) {
      bytes.write(value);
    }
    return this;
  }

  /** An unsigned LEB128 number of 32 bits. */
  WasmOutput u32(int value) {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      bytes.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes.write(rest);
    return this;
  }

  /** A signed LEB128 number of 32 bits. */
  WasmOutput s32(int value) {
    int rest = value;
    while (rest < -0x40 || rest > 0x3f) {
      bytes.write((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    bytes.write(rest & 0x7f);
    return this;
  }

  WasmOutput raw(byte[] source, int start, int end) {
    bytes.write(source, start, end - start);
    return this;
  }

  WasmOutput name(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    return u32(utf8.length).raw(utf8, 0, utf8.length);
  }

  /** {@code content} behind its length in bytes. */
  WasmOutput sized(WasmOutput content) {
    u32(content.bytes.size());
    bytes.writeBytes(content.bytes.toByteArray());
    return this;
  }

  byte[] toByteArray() {
    return bytes.toByteArray();
  }
}
