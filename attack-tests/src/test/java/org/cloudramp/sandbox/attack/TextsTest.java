package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.util.List;
import java.util.stream.Stream;

/** Megabytes of text that guests have the host log and keep. */
class TextsTest extends SurvivalTest {
  static Stream<Attack> attacks() {
    return Stream.of(
        onMemory(
                "8a",
                "aborts with 1 MB of text, 100 joins at once",
                "315 MB of log in 4 s; the text is logged again with each refusal",
                siege -> {
                  siege.prepare("texts", Modules.weapon());
                  siege.times(100, i -> siege.join("texts", "A" + i));
                })
            .alwaysInTurn(),
        onMemory(
            "8b",
            "aborts with 500 KB of message and 500 KB of file name, from 40 rooms, again and"
                + " again",
            "",
            siege -> tell(siege, 40, Modules.order('a', 500_000, 500_000, 0))),
        onMemory(
            "8c",
            "100 lines of 4,096 characters to the log in each hook, from 20 rooms, again and"
                + " again",
            "",
            siege -> tell(siege, 20, Modules.order('l', 100, 4_096, 0))),
        onMemory(
            "8d",
            "20 services whose version rests, joined again and again after aborts with 1 MB",
            "",
            siege -> {
              for (int i = 0; i < 20; i++) {
                siege.prepare("texts" + i, Modules.weapon());
              }
              siege.again(
                  i -> {
                    Crowd.Member member = siege.join("texts" + i % 20, "A" + i % 7);
                    siege.await(member::isAnswered);
                  });
            }));
  }

  private static void tell(Siege siege, int rooms, byte[] order) throws Exception {
    siege.prepare("texts", Modules.weapon());
    List<Crowd.Member> members = siege.joinRooms("texts", rooms);
    siege.again(
        i -> {
          members.forEach(member -> member.send(order));
          Thread.sleep(50);
        });
  }
}
