package org.cloudramp.sandbox.attack;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What clients of WebSockets send, as bytes. */
final class WebSocketBytes {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;

  private WebSocketBytes() {}

  /** Asks for a room. */
  static byte[] handshake(int port, String service, String room, String... headers) {
    String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
    return ("GET /rooms/%s/%s HTTP/1.1\r\n".formatted(service, room)
            + (more.contains("Host:") ? "" : "Host: localhost:" + port + "\r\n")
            + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + more
            + "\r\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Asks a room by HTTP, and wants the connection closed then. */
  static byte[] post(int port, String service, String room) {
    return "POST /rooms/%s/%s/ HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        .formatted(service, room, port)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A whole message in one frame. */
  static byte[] frame(int opCode, byte[] payload) {
    return frame(opCode | FINAL, payload.length, payload);
  }

  /** A frame that others have to follow before the message ends. */
  static byte[] unfinished(int opCode, byte[] payload) {
    return frame(opCode, payload.length, payload);
  }

  /** A frame of which the last bytes are missing. */
  static byte[] cutOff(int opCode, byte[] payload, int missing) {
    return frame(opCode | FINAL, payload.length + missing, payload);
  }

  private static byte[] frame(int first, int length, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
    frame.put((byte) first);
    if (length < 126) {
      frame.put((byte) (MASKED | length));
    } else if (length < 65_536) {
      frame.put((byte) (MASKED | 126)).putShort((short) length);
    } else {
      frame.put((byte) (MASKED | 127)).putLong(length);
    }
    frame.putInt(0); // a mask of zeros leaves the payload as it is
    frame.put(payload);
    byte[] bytes = new byte[frame.position()];
    frame.flip().get(bytes);
    return bytes;
  }
}
