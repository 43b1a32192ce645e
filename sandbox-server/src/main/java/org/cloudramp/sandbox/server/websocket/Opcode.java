package org.cloudramp.sandbox.server.websocket;

/** The kinds of frames, by their four bits (RFC 6455, 5.2). */
final class Opcode {
  static final int CONTINUATION = 0x0;
  static final int TEXT = 0x1;
  static final int BINARY = 0x2;
  static final int CLOSE = 0x8;
  static final int PING = 0x9;
  static final int PONG = 0xA;

  private static final int CONTROL = 0x8;

  private Opcode() {}

  static boolean isControl(int opcode) {
    return (opcode & CONTROL) != 0;
  }

  static boolean isKnown(int opcode) {
    return opcode <= BINARY || (opcode >= CLOSE && opcode <= PONG);
  }
}
