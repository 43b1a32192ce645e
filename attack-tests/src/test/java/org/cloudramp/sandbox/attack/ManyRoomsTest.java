package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.util.stream.Stream;

/** Those who want another room each time. */
class ManyRoomsTest extends SurvivalTest {
  /** So many at a time: the next begin when these are answered. */
  private static final int AT_ONCE = 100;

  static Stream<Attack> attacks() {
    return Stream.of(
            onMemory(
                "22a",
                "requests to a room by another name each time, without an upload, where rooms are"
                    + " shared",
                "logs and rosters of rooms that nobody is in, without end",
                siege -> {
                  siege.prepare("open", Modules.example("chat"));
                  siege.comeAndGo(
                      AT_ONCE, i -> WebSocketBytes.post(siege.port(), "open", "room" + i));
                }),
            onMemory(
                "22b",
                "a key of one byte in a room of its own, again and again",
                "a key counts 257 bytes, and its room takes 260 more that nobody counts",
                siege -> {
                  siege.prepare("keys", Modules.weapon());
                  siege.comeAndGo(
                      AT_ONCE, i -> WebSocketBytes.post(siege.port(), "keys", "One" + i));
                }),
            onMemory(
                "22c",
                "joins and leaves of a room by another name each time",
                "",
                siege -> {
                  siege.prepare("open", Modules.example("chat"));
                  siege.comeAndGo(
                      AT_ONCE, i -> WebSocketBytes.handshake(siege.port(), "open", "room" + i));
                }),
            onMemory(
                "22d",
                "requests to services that there are not, by another name each time",
                "",
                siege ->
                    siege.comeAndGo(
                        AT_ONCE, i -> WebSocketBytes.post(siege.port(), "none" + i, "room"))))
        .map(attack -> attack.with("rooms.shared", "always"));
  }
}
