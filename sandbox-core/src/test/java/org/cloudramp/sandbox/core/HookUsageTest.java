package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.core.TestRooms.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.hook.HookUsage;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What calls and uploads have taken, as listeners and observers are told. */
@Timeout(60)
class HookUsageTest {
  private static final ServiceId SERVICE = new ServiceId("counter");
  private static final Duration LATE = Duration.ofMillis(300);

  @TempDir Path folder;

  private final List<String> checks = new CopyOnWriteArrayList<>();

  private Sandbox sandbox(KvStore kv) {
    return Sandbox.builder()
        .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "5s"))
        .kv(kv)
        .extension(new Rooms())
        .serviceObserver(
            new ServiceObserver() {
              @Override
              public void checked(ModuleVersion version, boolean passed, long cpuNanos) {
                checks.add(version.service() + " " + passed + " " + (cpuNanos > 0));
              }
            })
        .build();
  }

  private static HookResult say(Sandbox sandbox, String text) throws Exception {
    return await(
        sandbox.dispatch(
            new HookCall.Message(
                RoomAddress.of("counter", "lobby"), new ConnectionId("anna"), Payload.text(text))));
  }

  @Test
  void theTimeOfAGuestIsWithoutItsWaitsForTheStoreAndKeysAreCounted() throws Exception {
    try (Sandbox sandbox = sandbox(new Slow(0))) {
      sandbox.publish(SERVICE, Guests.wasm("count"));

      HookResult result = say(sandbox, "1");

      HookUsage usage = result.usage();
      assertThat(usage.guestNanos()).isPositive();
      assertThat(result.elapsed().minusNanos(usage.guestNanos()))
          .isGreaterThanOrEqualTo(LATE.minusMillis(5)); // timers of the JDK may be early
      assertThat(usage.keysRead()).isEqualTo(1);
      assertThat(usage.keysWritten()).isEqualTo(1);
    }
  }

  @Test
  void aRunThatOthersWereFasterThanCountsAndWritesNothing() throws Exception {
    try (Sandbox sandbox = sandbox(new Slow(1))) {
      sandbox.publish(SERVICE, Guests.wasm("count"));

      HookUsage usage = say(sandbox, "1").usage();

      assertThat(usage.keysRead()).isEqualTo(2);
      assertThat(usage.keysWritten()).isEqualTo(1);
    }
  }

  @Test
  void aHookThatFailsHasTakenItsTimeAndHasWrittenNothing() throws Exception {
    try (Sandbox sandbox = sandbox(new MemoryKvStore())) {
      sandbox.publish(SERVICE, Guests.wasm("count"));

      HookResult result = say(sandbox, "x");

      assertThat(result.outcome()).isInstanceOf(HookOutcome.Failed.class);
      assertThat(result.usage().guestNanos()).isPositive();
      assertThat(result.usage().keysRead()).isEqualTo(1);
      assertThat(result.usage().keysWritten()).isZero();
    }
  }

  @Test
  void aHookThatAGuestDoesNotHaveTakesNothing() throws Exception {
    try (Sandbox sandbox = sandbox(new MemoryKvStore())) {
      sandbox.publish(SERVICE, Guests.wasm("count"));

      HookResult result =
          await(
              sandbox.dispatch(
                  new HookCall.Join(RoomAddress.of("counter", "lobby"), new ConnectionId("anna"))));

      assertThat(result.outcome()).isInstanceOf(HookOutcome.Absent.class);
      assertThat(result.usage()).isEqualTo(HookUsage.none());
    }
  }

  @Test
  void uploadsAreToldWithTheTimeOfTheirChecksWhetherTheyPassOrNot() {
    try (Sandbox sandbox = sandbox(new MemoryKvStore())) {
      sandbox.publish(SERVICE, Guests.wasm("count"));
      assertThatThrownBy(() -> sandbox.publish(SERVICE, new byte[1_000]))
          .isInstanceOf(ModuleException.class);

      assertThat(checks).containsExactly("counter true true", "counter false true");
    }
  }

  /** The store in memory, whose reads are late and whose first commits are in conflict. */
  private static final class Slow implements KvStore {
    private final MemoryKvStore store = new MemoryKvStore();
    private int conflicts;

    Slow(int conflicts) {
      this.conflicts = conflicts;
    }

    @Override
    public String name() {
      return "slow";
    }

    @Override
    public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
      CompletableFuture<Map<String, Bytes>> late = new CompletableFuture<>();
      CompletableFuture.delayedExecutor(LATE.toMillis(), TimeUnit.MILLISECONDS)
          .execute(
              () -> {
                var unused =
                    store.read(address, keys).whenComplete((found, e) -> late.complete(found));
              });
      return late;
    }

    @Override
    public synchronized CompletionStage<CommitResult> commit(
        RoomAddress address, KvTransaction transaction) {
      return conflicts-- > 0
          ? CompletableFuture.completedFuture(CommitResult.conflict())
          : store.commit(address, transaction);
    }

    @Override
    public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
      return store.reserve(address, id, time);
    }
  }
}
