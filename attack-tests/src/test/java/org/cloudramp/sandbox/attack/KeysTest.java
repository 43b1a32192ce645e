package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Keys that are written and left: how many bytes a store in memory takes of whom. */
class KeysTest extends SurvivalTest {
  private static final int KEY = 24;
  private static final int VALUE = 64 << 10;

  /**
   * Keys do not go away with those who wrote them: they may have an eighth of the heap, 64 MiB
   * ({@code kv.memory.bytes}). The rest is for 30 modules.
   */
  private static final int KEPT = 96;

  private static final byte[] LARGE_VALUES = Modules.order('k', 60, VALUE, KEY);
  private static final byte[] LONG_KEYS = Modules.order('k', 128, 0, 512);

  static Stream<Attack> attacks() {
    return Stream.of(
            onMemory(
                    "3a",
                    "values of 64 KiB in one room, 560 MB of them",
                    "464 MiB, then OutOfMemoryError",
                    siege -> write(siege, 1, 1, 150, LARGE_VALUES))
                .alwaysInTurn(),
            onMemory(
                "3b",
                "values of 64 KiB in 150 rooms of one service",
                "",
                siege -> write(siege, 1, 150, 1, LARGE_VALUES)),
            onMemory(
                "3c",
                "values of 64 KiB in 30 services",
                "",
                siege -> write(siege, 30, 5, 1, LARGE_VALUES)),
            onMemory(
                "3d",
                "a million keys of 512 bytes without a value, in 100 rooms",
                "",
                siege -> write(siege, 1, 100, 80, LONG_KEYS)))
        .map(attack -> attack.mayKeep(KEPT));
  }

  private static void write(Siege siege, int services, int rooms, int times, byte[] order)
      throws Exception {
    List<Crowd.Member> writers = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      siege.prepare("keys" + i, Modules.weapon());
      writers.addAll(siege.joinRooms("keys" + i, rooms));
    }
    siege.times(times, i -> writers.forEach(writer -> writer.send(order)));
  }
}
