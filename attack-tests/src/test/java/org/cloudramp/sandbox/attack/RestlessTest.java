package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onTime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/** Those who come and go, and say nothing that makes sense meanwhile. */
class RestlessTest extends SurvivalTest {
  private static final int AT_ONCE = 100;

  private static final int JOIN = 1;
  private static final int RESUME = 2;

  private static final int SECRET_BYTES = 32;

  static Stream<Attack> attacks() {
    return Stream.of(
            onTime(
                "24a",
                "joins and leaves of a few rooms, as many a second as the server takes",
                "",
                siege ->
                    comeAndGo(
                        siege,
                        i -> WebSocketBytes.handshake(siege.port(), "open", "room" + i % 8))),
            onTime(
                "24b",
                "sessions that begin and are away at once, as many as the server takes",
                "",
                siege -> comeAndGo(siege, i -> session(siege, i, frame(bytes(JOIN))))),
            onTime(
                "24c",
                "sessions that nobody has are resumed, as many a second as the server takes",
                "",
                siege -> comeAndGo(siege, i -> session(siege, i, frame(resume(i))))),
            onTime(
                "24d",
                "frames that are none of the subprotocol, and subprotocols that there are not",
                "",
                siege ->
                    comeAndGo(
                        siege,
                        i ->
                            i % 2 == 0
                                ? session(siege, i, frame(bytes(i % 256, 255, 255, 255)))
                                : WebSocketBytes.handshake(
                                    siege.port(),
                                    "open",
                                    "room" + i % 8,
                                    "Sec-WebSocket-Protocol: " + "x,".repeat(1_000) + "y" + i))))
        .map(attack -> attack.with("rooms.shared", "always"));
  }

  private static void comeAndGo(Siege siege, IntFunction<byte[]> opening) throws Exception {
    siege.prepare("open", Modules.example("chat"));
    siege.comeAndGo(AT_ONCE, opening);
  }

  private static byte[] session(Siege siege, int attacker, byte[] frame) {
    byte[] handshake =
        WebSocketBytes.handshake(
            siege.port(), "open", "room" + attacker % 8, "Sec-WebSocket-Protocol: sandbox.v1");
    return ByteBuffer.allocate(handshake.length + frame.length).put(handshake).put(frame).array();
  }

  private static byte[] frame(byte[] payload) {
    return WebSocketBytes.frame(WebSocketBytes.BINARY, payload);
  }

  /** A frame as it has to be, of a session that nobody has. */
  private static byte[] resume(int attacker) {
    byte[] connection = "%022d".formatted(attacker).getBytes(StandardCharsets.US_ASCII);
    byte[] epoch = "%036d".formatted(0).getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(
            1 + 4 + connection.length + 2 * SECRET_BYTES + 4 + epoch.length + Long.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) RESUME)
        .putInt(connection.length)
        .put(connection)
        .put(new byte[2 * SECRET_BYTES])
        .putInt(epoch.length)
        .put(epoch)
        .putLong(0)
        .array();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
