package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onTime;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/** Instances that are made again and again, and never used. */
class InstantiationTest extends SurvivalTest {
  static Stream<Attack> attacks() {
    return Stream.of(
        onTime(
                "13a",
                "_initialize counts for most of its time, onStart refuses: 4 services, 2 rooms"
                    + " each",
                "p50 of the bystanders 3.8 s; no fault is counted",
                siege -> joinAgain(siege, 4, 2, InstantiationTest::looping))
            .alwaysInTurn(),
        onTime(
                "13b",
                "_initialize fills 16 MiB, onStart traps: 4 services, 2 rooms each",
                "",
                siege ->
                    joinAgain(
                        siege,
                        4,
                        2,
                        i ->
                            List.of(
                                Modules.module(i)
                                    .roomMemory()
                                    .pages(256)
                                    .initialize(Modules.fill(256))
                                    .onStart(Modules.trap())
                                    .build())))
            .mayKeep(80), // the images of four live modules
        onTime(
                "13c",
                "3 MB of data, onStart refuses: 8 services, 2 rooms each",
                "",
                siege ->
                    joinAgain(
                        siege,
                        8,
                        2,
                        i ->
                            List.of(
                                Modules.module(i)
                                    .roomMemory()
                                    .pages(50)
                                    .data(3_000_000)
                                    .onStart(Modules.refuse())
                                    .build())))
            .mayKeep(140), // image, data and an instance of eight live modules
        onTime(
            "13d",
            "_initialize counts for most of its time, onStart refuses: 20 services, 1 room"
                + " each",
            "",
            siege -> joinAgain(siege, 20, 1, InstantiationTest::looping)));
  }

  /** The same module, with fewer counts each, for a machine that is too slow for the first. */
  private static List<byte[]> looping(int number) {
    List<byte[]> modules = new ArrayList<>();
    for (int counts = 400_000_000; counts >= 50_000_000; counts /= 2) {
      modules.add(
          Modules.module(number)
              .roomMemory()
              .initialize(Modules.count(counts))
              .onStart(Modules.refuse())
              .build());
    }
    return modules;
  }

  private static void joinAgain(
      Siege siege, int services, int rooms, IntFunction<List<byte[]>> modules) throws Exception {
    for (int i = 0; i < services; i++) {
      for (byte[] module : modules.apply(i)) {
        if (siege.upload("instances" + i, module) == 200) {
          break;
        }
      }
    }
    Crowd.Member[] members = new Crowd.Member[services * rooms];
    siege.again(
        time -> {
          for (int i = 0; i < members.length; i++) {
            if (members[i] == null || members[i].isClosed()) {
              members[i] = siege.join("instances" + i % services, "room" + i / services);
            }
          }
          Thread.sleep(10);
        });
  }
}
