package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Those who listen to nothing of what they are sent. */
class SlowReadersTest extends SurvivalTest {
  static Stream<Attack> attacks() {
    return Stream.of(
        onMemory(
                "6a",
                "700 connections in 700 rooms that do not read, 1 MB sent to each",
                "OutOfMemoryError; no handshake works any more",
                siege -> flood(siege, 1, 700, 1, Modules.order('s', 1_000_000, 1, 0), 1))
            .alwaysInTurn(),
        onMemory(
            "6b",
            "700 connections in 70 rooms that do not read, 16 texts of 64 KB in each room",
            "",
            siege -> flood(siege, 1, 70, 10, Modules.order('s', 64_000, 16, 0), 1)),
        onMemory(
            "6c",
            "700 connections that do not read, 4,000 texts of 10 bytes each",
            "",
            siege -> flood(siege, 1, 700, 1, Modules.order('s', 10, 1_000, 0), 4)),
        onMemory(
                "6d",
                "14 services, 50 connections each, that do not read, 1 MB sent to each",
                "",
                siege -> flood(siege, 14, 50, 1, Modules.order('s', 1_000_000, 1, 0), 1))
            // 14 modules are live, with instances whose memory has grown by that megabyte.
            .mayKeep(80));
  }

  /** One of each room gives the order; nobody in it reads what comes of that. */
  private static void flood(
      Siege siege, int services, int rooms, int membersOfRoom, byte[] order, int times)
      throws Exception {
    List<Crowd.Member> all = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      String service = "deaf" + i;
      siege.prepare(service, Modules.weapon());
      IntStream.range(0, rooms * membersOfRoom)
          .forEach(member -> all.add(siege.joinWithoutReading(service, "room" + member % rooms)));
    }
    siege.await(() -> all.stream().allMatch(member -> member.status() != 0));
    for (int i = 0; i < all.size(); i++) {
      if (i % (rooms * membersOfRoom) < rooms) {
        for (int time = 0; time < times; time++) {
          all.get(i).send(order);
        }
      }
    }
  }
}
