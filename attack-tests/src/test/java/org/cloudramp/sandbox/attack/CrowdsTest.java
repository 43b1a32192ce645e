package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onTime;

import java.util.List;
import java.util.stream.Stream;

/** One room, or one client, that makes its service fail: who else has to suffer for it. */
class CrowdsTest extends SurvivalTest {
  static Stream<Attack> attacks() {
    return Stream.of(
        onTime(
                "12a",
                "560 members join one room of the example service presence",
                "onJoin traps; the service rests, all its rooms are closed with 1013",
                siege ->
                    besideAnotherRoom(
                        siege,
                        "presence",
                        Modules.example("presence"),
                        () -> siege.joinOne("presence", "crowded", 560)))
            .alwaysInTurn(),
        onTime(
            "12b",
            "one client traps in its room, again and again",
            "the service rests, all its rooms are closed with 1013",
            siege ->
                besideAnotherRoom(
                    siege,
                    "faults",
                    Modules.weapon(),
                    () ->
                        siege.again(
                            i -> {
                              Crowd.Member member = siege.joinAndWait("faults", "mine");
                              member.send(Modules.order('t', 0, 0, 0));
                              Thread.sleep(20);
                              member.leave();
                            }))),
        onTime(
            "12c",
            "onJoin of one room traps, again and again",
            "",
            siege ->
                besideAnotherRoom(
                    siege,
                    "faults",
                    Modules.weapon(),
                    () -> siege.again(i -> siege.joinAndWait("faults", "Trap")))),
        onTime(
            "12d",
            "onJoin of one room never ends, again and again",
            "",
            siege ->
                besideAnotherRoom(
                    siege,
                    "faults",
                    Modules.weapon(),
                    () -> siege.again(i -> siege.joinAndWait("faults", "Vain")))));
  }

  /** Another room of the attacked service must go on as well, and let others in. */
  private static void besideAnotherRoom(Siege siege, String service, byte[] wasm, Task attack)
      throws Exception {
    siege.prepare(service, wasm);
    List<Crowd.Member> others = siege.joinOne(service, "another", 3);
    attack.run();
    siege.hold();
    for (Crowd.Member other : others) {
      if (other.isClosed()) {
        siege.complain(
            "somebody in another room of the attacked service was thrown out: " + other.end());
      }
    }
    siege.mustBeAnswered(
        "a newcomer to another room of the attacked service", siege.join(service, "another"));
  }

  @FunctionalInterface
  private interface Task {
    void run() throws Exception;
  }
}
