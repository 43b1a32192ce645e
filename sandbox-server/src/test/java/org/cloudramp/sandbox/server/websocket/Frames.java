package org.cloudramp.sandbox.server.websocket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What a client sends, byte by byte, right or wrong. */
final class Frames {
  static final int FIN = 0x80;
  private static final byte[] KEY = {0x37, (byte) 0xFA, 0x21, 0x3D};

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** A frame that is masked, as those of clients are. */
  Frames frame(int firstByte, byte... payload) {
    return frame(firstByte, KEY, payload);
  }

  Frames frame(int firstByte, byte[] key, byte[] payload) {
    bytes.write(firstByte);
    if (payload.length <= 125) {
      bytes.write(0x80 | payload.length);
    } else if (payload.length <= 0xFFFF) {
      bytes.write(0x80 | 126);
      bytes.writeBytes(ByteBuffer.allocate(2).putShort((short) payload.length).array());
    } else {
      bytes.write(0x80 | 127);
      bytes.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
    }
    bytes.writeBytes(key);
    for (int i = 0; i < payload.length; i++) {
      bytes.write(payload[i] ^ key[i % key.length]);
    }
    return this;
  }

  Frames text(String text) {
    return frame(FIN | Opcode.TEXT, utf8(text));
  }

  Frames close(int code, String reason) {
    byte[] text = utf8(reason);
    return frame(
        FIN | Opcode.CLOSE,
        ByteBuffer.allocate(2 + text.length).putShort((short) code).put(text).array());
  }

  Frames raw(int... values) {
    for (int value : values) {
      bytes.write(value);
    }
    return this;
  }

  byte[] toBytes() {
    return bytes.toByteArray();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
