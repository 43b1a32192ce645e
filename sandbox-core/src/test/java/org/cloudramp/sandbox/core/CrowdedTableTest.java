package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ten real modules for seven slots. What the table evicts is for its own test; here all is real.
 */
class CrowdedTableTest {
  private static final int SLOTS = 7;
  private static final int THREADS = 8;
  private static final int CALLS = 150;

  private static final List<ServiceId> SERVICES =
      IntStream.range(0, 10).mapToObj(i -> new ServiceId("service-" + i)).toList();

  @TempDir Path folder;

  @Test
  @Timeout(120)
  void answersEveryHookOfTenServicesWithSevenSlots() throws Exception {
    Rooms rooms = new Rooms();
    try (Sandbox sandbox =
        Sandbox.builder()
            .settings(
                Map.of(
                    "store.filesystem.folder",
                    folder.toString(),
                    "slots",
                    Integer.toString(SLOTS),
                    "limits.time",
                    "5s"))
            .extension(rooms)
            .build()) {
      SERVICES.forEach(service -> sandbox.publish(service, Guests.wasm("echo")));
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      List<Future<?>> ends = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        Random random = new Random(thread);
        RoomId room = new RoomId("room-" + thread);
        ends.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < CALLS; i++) {
                    ServiceId service = zipf(random);
                    Payload payload = Payload.text(service + " " + i);
                    HookResult result =
                        TestRooms.await(
                            sandbox.dispatch(
                                new HookCall.Message(
                                    new RoomAddress(service, room),
                                    new ConnectionId("c"),
                                    payload)));
                    assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
                    assertThat(result.events().get(0).payload()).isEqualTo(payload);
                    assertThat(sandbox.operator().slots()).hasSizeLessThanOrEqualTo(SLOTS);
                  }
                  return null;
                }));
      }

      for (Future<?> end : ends) {
        end.get();
      }

      threads.shutdown();
      assertThat(sandbox.operator().slots()).hasSize(SLOTS);
    }
  }

  /** The service of rank r is asked for 1/r as often as the first. */
  private static ServiceId zipf(Random random) {
    double total = IntStream.rangeClosed(1, SERVICES.size()).mapToDouble(rank -> 1.0 / rank).sum();
    double point = random.nextDouble() * total;
    int rank = 1;
    while (rank < SERVICES.size() && point >= 1.0 / rank) {
      point -= 1.0 / rank;
      rank++;
    }
    return SERVICES.get(rank - 1);
  }
}
