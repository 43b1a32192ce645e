package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.util.ArrayList;
import java.util.List;
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
                  request(siege, "open", "room");
                }),
            onMemory(
                "22b",
                "a key of one byte in a room of its own, again and again",
                "a key counted 257 bytes, and its room took 260 more that nobody counted",
                siege -> {
                  siege.prepare("keys", Modules.weapon());
                  request(siege, "keys", "One");
                }),
            onMemory(
                "22c",
                "joins and leaves of a room by another name each time",
                "",
                siege -> {
                  siege.prepare("open", Modules.example("chat"));
                  join(siege);
                }),
            onMemory(
                "22d",
                "requests to services that there are not, by another name each time",
                "",
                siege ->
                    siege.again(
                        round -> {
                          List<Crowd.Member> all = new ArrayList<>();
                          for (int i = 0; i < AT_ONCE; i++) {
                            all.add(
                                siege.connect(
                                    WebSocketBytes.post(
                                        siege.port(), "none" + (AT_ONCE * round + i), "room")));
                          }
                          siege.awaitAnswers(all);
                        })))
        .map(attack -> attack.with("rooms.shared", "always"));
  }

  private static void request(Siege siege, String service, String room) throws Exception {
    siege.again(
        round -> {
          List<Crowd.Member> all = new ArrayList<>();
          for (int i = 0; i < AT_ONCE; i++) {
            all.add(
                siege.connect(
                    WebSocketBytes.post(siege.port(), service, room + (AT_ONCE * round + i))));
          }
          siege.awaitAnswers(all);
        });
  }

  private static void join(Siege siege) throws Exception {
    siege.again(
        round -> {
          List<Crowd.Member> all = new ArrayList<>();
          for (int i = 0; i < AT_ONCE; i++) {
            all.add(siege.join("open", "room" + (AT_ONCE * round + i)));
          }
          siege.awaitAnswers(all);
          all.forEach(Crowd.Member::leave);
        });
  }
}
