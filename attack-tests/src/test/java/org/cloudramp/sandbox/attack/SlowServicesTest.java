package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onTime;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Services whose hooks take long and succeed, so that nobody can blame them. */
class SlowServicesTest extends SurvivalTest {
  static Stream<Attack> attacks() {
    return Stream.of(
        onTime(
                "14a",
                "20 services with 2 rooms each, hooks of 50 ms",
                "p50 of the bystanders 8 s and growing",
                siege -> keepBusy(siege, 20, 2, 50))
            .alwaysInTurn(),
        onTime(
            "14b",
            "40 services with 1 room each, hooks of 50 ms",
            "",
            siege -> keepBusy(siege, 40, 1, 50)),
        onTime(
            "14c",
            "one service with 60 rooms, hooks of 50 ms",
            "",
            siege -> keepBusy(siege, 1, 60, 50)),
        onTime(
            "14d",
            "20 services with 2 rooms each, hooks of 5 ms",
            "",
            siege -> keepBusy(siege, 20, 2, 5)),
        onTime(
                "14e",
                "twice as many services as slots, 1 room each, hooks of 50 ms",
                "p99 of the bystanders 268 ms: hooks that wait for a worker keep their slots",
                siege -> keepBusy(siege, 32, 1, 50))
            .with("slots", "16"));
  }

  private static void keepBusy(Siege siege, int services, int rooms, int milliseconds)
      throws Exception {
    List<Crowd.Member> members = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      siege.prepare("slow" + i, Modules.weapon());
    }
    for (int i = 0; i < services; i++) {
      List<Crowd.Member> ofService = siege.joinRooms("slow" + i, rooms);
      SlowHooks.warmUp(siege, ofService.get(0));
      members.addAll(ofService);
    }
    byte[] order = SlowHooks.order(milliseconds, 13);
    siege.times(
        1_000,
        i -> {
          members.forEach(member -> member.send(order));
          siege.await(() -> members.stream().allMatch(member -> member.isSent()));
          Thread.sleep(milliseconds);
        });
  }
}
