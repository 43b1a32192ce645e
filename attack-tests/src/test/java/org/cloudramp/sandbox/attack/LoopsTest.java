package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onTime;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Services that have shown short hooks until they run on the loop of their sockets, and then do not
 * come back; all rooms, those of bystanders too, on one loop.
 */
class LoopsTest extends SurvivalTest {
  /** So many short hooks, and a service is on the loop. */
  private static final int TALK = 100;

  /** Until the deadline. */
  private static final byte[] LOOP = Modules.order('r', 1_000_000_000, 0, 0);

  private static final byte[] SHORT = Modules.order('r', 1, 0, 0);

  static Stream<Attack> attacks() {
    return Stream.of(
        onTime(
                "20a",
                "50 rooms of one service and 20 services that talk, and then loop to their deadline",
                "on a plain event loop, 250 ms for everybody each time",
                siege -> talkAndLoop(siege, false))
            .with("server.loops", "1")
            .with("quarantine.faults", "0"),
        onTime(
                "20b",
                "the same, with uploads that replace the services while their hooks have the loop",
                "",
                siege -> talkAndLoop(siege, true))
            .with("server.loops", "1")
            .with("quarantine.faults", "0")
            .with("uploadsPerMinute", "1000"),
        onTime(
                "20c",
                "clients that send frames of one byte, as many as they can, in 20 rooms",
                "",
                LoopsTest::sendSmallFrames)
            .with("server.loops", "1")
            .with("quarantine.faults", "0")
            .always());
  }

  private static void talkAndLoop(Siege siege, boolean replace) throws Exception {
    List<Crowd.Member> members = new ArrayList<>();
    siege.prepare("crowd", Modules.weapon());
    members.addAll(siege.joinRooms("crowd", 50));
    for (int i = 0; i < 20; i++) {
      siege.prepare("looping" + i, Modules.weapon());
      members.addAll(siege.joinRooms("looping" + i, 1));
    }
    siege.again(
        round -> {
          for (int i = 0; i < TALK; i++) {
            members.forEach(member -> member.send(SHORT));
            siege.await(() -> members.stream().allMatch(Crowd.Member::isSent));
          }
          members.forEach(member -> member.send(LOOP));
          siege.await(() -> members.stream().allMatch(Crowd.Member::isSent));
          if (replace) {
            var unused = siege.uploadLater("looping" + round % 20, Modules.weapon());
          }
          Thread.sleep(100);
        });
  }

  private static void sendSmallFrames(Siege siege) throws Exception {
    siege.prepare("small", Modules.weapon());
    List<Crowd.Member> members = siege.joinRooms("small", 20);
    byte[] frame = WebSocketBytes.frame(WebSocketBytes.BINARY, new byte[] {'?'});
    ByteBuffer frames = ByteBuffer.allocate(1_000 * frame.length);
    while (frames.hasRemaining()) {
      frames.put(frame);
    }
    siege.again(
        round -> {
          members.forEach(member -> member.send(frames.array()));
          siege.await(() -> members.stream().allMatch(Crowd.Member::isSent));
        });
  }
}
