package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.util.stream.Stream;

/** Rooms that keep their memory: what else an instance has than memory. */
class RoomMemoryTest extends SurvivalTest {
  private static final int ROOMS = 400;

  /** Guests may keep what {@code guestMemory} allows: half of the heap. */
  private static final int KEPT = 256;

  static Stream<Attack> attacks() {
    return Stream.of(
            onMemory(
                    "4a",
                    "400 rooms with a table of 100,000 entries and 9,990 globals",
                    "OutOfMemoryError; 64 KiB of each were accounted",
                    siege -> {
                      siege.prepare(
                          "tables",
                          Modules.module(0).roomMemory().table(100_000).globals(9_990).build());
                      siege.joinRooms("tables", ROOMS);
                    })
                .alwaysInTurn(),
            onMemory(
                "4b",
                "400 rooms with eight tables of 12,500 entries",
                "",
                siege -> {
                  Modules.Builder module = Modules.module(0).roomMemory();
                  for (int i = 0; i < 8; i++) {
                    module.table(12_500);
                  }
                  siege.prepare("tables", module.build());
                  siege.joinRooms("tables", ROOMS);
                }),
            onMemory(
                "4c",
                "400 rooms whose memory grows to 256 pages on the first join",
                "",
                siege -> {
                  siege.prepare(
                      "growing", Modules.module(0).roomMemory().onStart(Modules.grow(255)).build());
                  siege.joinRooms("growing", ROOMS);
                }),
            onMemory(
                "4d",
                "20 services with 30 rooms each, all with tables and globals",
                "",
                siege ->
                    siege.times(
                        20,
                        i -> {
                          siege.prepare(
                              "tables" + i,
                              Modules.module(i).roomMemory().table(90_000).globals(5_000).build());
                          siege.joinRooms("tables" + i, 30);
                        })))
        .map(attack -> attack.mayKeep(KEPT));
  }
}
