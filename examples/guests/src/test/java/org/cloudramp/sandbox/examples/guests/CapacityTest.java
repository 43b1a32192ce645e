package org.cloudramp.sandbox.examples.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A room that counts in {@code onJoin} is never fuller than it wants to be. */
@Timeout(300)
class CapacityTest {
  private static final int JOINS = 1_500;
  private static final int CAPACITY = 1_000;
  private static final int THREADS = 8;
  private static final RoomAddress ADDRESS =
      new RoomAddress(new ServiceId("full"), new RoomId("lobby"));
  private static final HookOutcome FULL =
      new HookOutcome.Refused(Optional.of(new CloseFrame(4010, "full")));

  private static byte[] wasm = {};

  @TempDir Path folder;

  private final Rooms rooms = new Rooms();
  private final AtomicInteger most = new AtomicInteger();

  @BeforeAll
  static void compile() throws IOException {
    wasm = Language.ASSEMBLYSCRIPT.compile(Path.of("src", "test", "guests", "capacity.ts"));
  }

  @ParameterizedTest
  @EnumSource
  void ofFifteenHundredWhoJoinAtOnceAThousandGetIn(Engine engine) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (Sandbox sandbox = sandbox(engine)) {
      sandbox.publish(ADDRESS.service(), wasm);
      List<Callable<HookOutcome>> joins =
          IntStream.range(0, JOINS)
              .<Callable<HookOutcome>>mapToObj(i -> () -> join(sandbox, "c" + i))
              .toList();

      List<HookOutcome> outcomes = new ArrayList<>();
      for (Future<HookOutcome> outcome : threads.invokeAll(joins)) {
        outcomes.add(outcome.get());
      }

      assertThat(outcomes).filteredOn(new HookOutcome.Completed()::equals).hasSize(CAPACITY);
      assertThat(outcomes).filteredOn(FULL::equals).hasSize(JOINS - CAPACITY);
      assertThat(most).hasValue(CAPACITY);
      assertThat(rooms.connections(ADDRESS)).hasSize(CAPACITY);

      ConnectionId first = rooms.connections(ADDRESS).get(0);
      run(sandbox, new HookCall.Leave(ADDRESS, first, 1001, ""));
      assertThat(join(sandbox, "late")).isEqualTo(new HookOutcome.Completed());
      assertThat(join(sandbox, "later")).isEqualTo(FULL);
    } finally {
      threads.shutdownNow();
    }
  }

  private Sandbox sandbox(Engine engine) {
    return Sandbox.builder()
        .engine(engine.create())
        .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "5s"))
        .extension(rooms)
        .listener(
            new HookListener() {
              /** How many are in, now that it is known of the one who joins as well. */
              @Override
              public void onEnd(HookResult result) {
                if (result.accepted()) {
                  most.accumulateAndGet(rooms.connections(ADDRESS).size(), Math::max);
                }
              }
            })
        .build();
  }

  private HookOutcome join(Sandbox sandbox, String id) throws Exception {
    ConnectionId connection = new ConnectionId(id);
    rooms.attach(ADDRESS, new Silent(connection));
    return run(sandbox, new HookCall.Join(ADDRESS, connection));
  }

  private static HookOutcome run(Sandbox sandbox, HookCall call) throws Exception {
    return sandbox.dispatch(call).toCompletableFuture().get(120, TimeUnit.SECONDS).outcome();
  }

  private record Silent(ConnectionId id) implements RoomConnection {
    @Override
    public boolean send(Payload payload) {
      return true;
    }

    @Override
    public void close(int code, String reason) {}
  }
}
