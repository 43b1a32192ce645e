package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.core.TestRooms.await;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a hook when its store answers late, wrongly, or not at all. */
@Timeout(60)
class TransactionTest {
  private static final ServiceId SERVICE = new ServiceId("counter");
  private static final RoomId LOBBY = new RoomId("lobby");

  @TempDir Path folder;
  private final Unreliable store = new Unreliable();

  private Sandbox sandbox(KvStore kv, Map<String, String> more) {
    Sandbox sandbox =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "2s"))
            .settings(more)
            .kv(kv)
            .extension(new Rooms())
            .build();
    sandbox.publish(SERVICE, Guests.wasm("count"));
    return sandbox;
  }

  private static CompletionStage<HookResult> count(Sandbox sandbox) {
    return sandbox.dispatch(
        new HookCall.Message(
            new RoomAddress(SERVICE, LOBBY), new ConnectionId("anna"), Payload.text("1")));
  }

  private static long number(HookResult result) {
    return ByteBuffer.wrap(result.events().get(0).payload().bytes().toArray())
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong();
  }

  @Test
  void aCommitWhoseAnswerWasLostIsAskedForAgainAndAppliedOnce() throws Exception {
    try (Sandbox sandbox = sandbox(store, Map.of())) {
      store.loseNextAnswers(3);

      assertThat(number(await(count(sandbox)))).isEqualTo(1);

      assertThat(number(await(count(sandbox)))).isEqualTo(2);
      assertThat(store.ids).hasSize(5);
      assertThat(store.ids.stream().distinct()).hasSize(2);
    }
  }

  @Test
  void nothingIsEmittedWhenTheStoreNeverConfirms() throws Exception {
    try (Sandbox sandbox = sandbox(store, Map.of("limits.commitTime", "300ms"))) {
      store.loseNextAnswers(Integer.MAX_VALUE);

      HookResult result = await(count(sandbox));

      assertThat(result.events()).isEmpty();
      assertFailed(result, StoreException.Kind.TIMEOUT, "it may have happened");
    }
  }

  @Test
  void nothingIsEmittedWhenTheStoreHangs() throws Exception {
    try (Sandbox sandbox = sandbox(store, Map.of("limits.commitTime", "300ms"))) {
      store.hang();

      HookResult result = await(count(sandbox));

      assertThat(result.events()).isEmpty();
      assertFailed(result, StoreException.Kind.TIMEOUT, "limits.commitTime");
    }
  }

  @Test
  void aHookIsRunAgainWhenItsWritesConflictAndSeesWhatTheOtherWrote() throws Exception {
    MemoryKvStore shared = new MemoryKvStore();
    try (Sandbox one = sandbox(shared, Map.of());
        Sandbox other = sandbox(shared, Map.of())) {
      int calls = 200;
      List<CompletionStage<HookResult>> results = new ArrayList<>();
      for (int i = 0; i < calls; i++) {
        results.add(count(one));
        results.add(count(other));
      }

      List<Long> numbers = new ArrayList<>();
      for (CompletionStage<HookResult> result : results) {
        HookResult done = await(result);
        assertThat(done.outcome()).isEqualTo(new HookOutcome.Completed());
        numbers.add(number(done));
      }

      assertThat(numbers).doesNotHaveDuplicates().hasSize(2 * calls).contains(2L * calls);
    }
  }

  @Test
  void aHookGivesUpAfterSoManyConflicts() throws Exception {
    try (Sandbox sandbox = sandbox(store, Map.of("limits.attempts", "3"))) {
      store.conflictFromNowOn();

      HookResult result = await(count(sandbox));

      assertThat(result.events()).isEmpty();
      assertFailed(result, StoreException.Kind.CONFLICT, "limits.attempts");
      assertThat(store.ids).hasSize(3);
    }
  }

  @Test
  void aHookWhoseKeysDoNotFitFailsOverQuotaAndIsNotPutToRestForIt() throws Exception {
    Map<String, String> small =
        Map.of("services.counter.limits.kvRoomBytes", "100", "quarantine.faults", "1");
    try (Sandbox sandbox = sandbox(new MemoryKvStore(), small)) {
      for (int i = 0; i < 3; i++) {
        HookResult result = await(count(sandbox));

        assertThat(result.events()).isEmpty();
        assertFailed(result, StoreException.Kind.QUOTA, "limits.kvRoomBytes");
      }
    }
  }

  @Test
  void aServiceThatHasUsedUpItsBytesFailsAndAnotherDoesNot() throws Exception {
    RoomAddress other = RoomAddress.of("other", "lobby");
    Map<String, String> small = Map.of("services.counter.limits.kvServiceBytes", "400");
    try (Sandbox sandbox = sandbox(new MemoryKvStore(), small)) {
      sandbox.publish(other.service(), Guests.wasm("count"));

      assertThat(number(await(count(sandbox)))).isEqualTo(1);
      HookCall elsewhere =
          new HookCall.Message(
              RoomAddress.of("counter", "garden"), new ConnectionId("anna"), Payload.text("1"));
      assertFailed(
          await(sandbox.dispatch(elsewhere)), StoreException.Kind.QUOTA, "limits.kvServiceBytes");
      assertThat(number(await(count(sandbox)))).isEqualTo(2);

      HookCall others = new HookCall.Message(other, new ConnectionId("ben"), Payload.text("1"));
      assertThat(number(await(sandbox.dispatch(others)))).isEqualTo(1);
    }
  }

  @Test
  void aHookThatLosesAgainAndAgainReservesTheRoomAndCommitsUnderThatName() throws Exception {
    try (Sandbox sandbox = sandbox(store, Map.of())) {
      store.conflictUnlessReserved();

      assertThat(number(await(count(sandbox)))).isEqualTo(1);

      assertThat(store.reservedFor).hasSize(1);
      assertThat(store.ids.get(store.ids.size() - 1)).isEqualTo(store.reservedFor.get(0));
    }
  }

  @Test
  void aReservedRoomIsLetGoOfWhenTheHookThenFails() throws Exception {
    // With so much time for a hook, the reservation does not end by itself while the test waits.
    try (Sandbox sandbox = sandbox(store, Map.of("limits.time", "1m"))) {
      store.conflictUnlessReserved();
      store.failReadsOnceReserved();

      assertThat(await(count(sandbox)).outcome()).isInstanceOf(HookOutcome.Failed.class);

      RoomAddress lobby = new RoomAddress(SERVICE, LOBBY);
      Awaitility.await()
          .until(
              () ->
                  store
                      .store
                      .reserve(lobby, "another", Duration.ofMinutes(1))
                      .toCompletableFuture()
                      .get());
    }
  }

  @Test
  void aStoreThatNeverTakesACommitIsNotSaidToHaveTakenIt() throws Exception {
    // Its end comes between two requests, of which there is one each 50 ms.
    try (Sandbox sandbox = sandbox(store, Map.of("limits.commitTime", "275ms"))) {
      store.takeNothing();

      HookResult result = await(count(sandbox));

      assertThat(result.events()).isEmpty();
      assertFailed(result, StoreException.Kind.UNAVAILABLE, "takes nothing now");
    }
  }

  private static void assertFailed(HookResult result, StoreException.Kind kind, String reason) {
    assertThat(result.outcome())
        .isInstanceOfSatisfying(
            HookOutcome.Failed.class,
            failed ->
                assertThat(failed.cause())
                    .isInstanceOfSatisfying(
                        StoreException.class, cause -> assertThat(cause.kind()).isEqualTo(kind))
                    .hasMessageContaining("counter@")
                    .hasMessageContaining("onMessage")
                    .hasMessageContaining(reason));
  }

  /** Notes what it is told of commits, without the times. */
  private static final class Told implements SandboxObserver {
    private final List<String> all = new CopyOnWriteArrayList<>();

    @Override
    public void commitEnded(CommitEnd end, long nanos) {
      assertThat(nanos).isPositive();
      all.add("commit " + end);
    }

    @Override
    public void retried(Retry why) {
      all.add("retry " + why);
    }

    @Override
    public void kvAnswered(
        KvOperation operation, StoreException.@Nullable Kind trouble, long nanos) {
      assertThat(nanos).isPositive();
      all.add(operation + (trouble == null ? "" : " " + trouble));
    }
  }

  private Sandbox observed(SandboxObserver observer) {
    Sandbox sandbox =
        Sandbox.builder()
            .settings(
                Map.of(
                    "store.filesystem.folder",
                    folder.toString(),
                    "limits.time",
                    "2s",
                    "limits.attempts",
                    "3"))
            .kv(store)
            .extension(new Rooms())
            .observer(observer)
            .build();
    sandbox.publish(SERVICE, Guests.wasm("count"));
    return sandbox;
  }

  @Test
  void anObserverIsToldOfACommitAndOfWhatTheStoreWasAskedForIt() throws Exception {
    Told told = new Told();
    try (Sandbox sandbox = observed(told)) {
      assertThat(number(await(count(sandbox)))).isEqualTo(1);
    }
    assertThat(told.all).containsExactly("READ", "COMMIT", "commit COMMITTED");
  }

  @Test
  void anObserverIsToldOfACommitThatIsAskedForAgain() throws Exception {
    Told told = new Told();
    try (Sandbox sandbox = observed(told)) {
      store.loseNextAnswers(2);
      assertThat(number(await(count(sandbox)))).isEqualTo(1);
    }
    assertThat(told.all)
        .containsExactly(
            "READ",
            "COMMIT TIMEOUT",
            "retry UNCONFIRMED",
            "COMMIT TIMEOUT",
            "retry UNCONFIRMED",
            "COMMIT",
            "commit COMMITTED");
  }

  @Test
  void anObserverIsToldOfConflictsAndOfTheRunsThatFollow() throws Exception {
    Told told = new Told();
    try (Sandbox sandbox = observed(told)) {
      store.conflictFromNowOn();
      assertFailed(await(count(sandbox)), StoreException.Kind.CONFLICT, "limits.attempts");
    }
    assertThat(told.all)
        .containsExactly(
            "READ",
            "COMMIT CONFLICT",
            "commit CONFLICT",
            "retry CONFLICT",
            "READ",
            "COMMIT CONFLICT",
            "commit CONFLICT",
            "retry CONFLICT",
            "READ",
            "COMMIT CONFLICT",
            "commit CONFLICT");
  }

  @Test
  void anObserverThatThrowsChangesNothing() throws Exception {
    SandboxObserver broken =
        (SandboxObserver)
            Proxy.newProxyInstance(
                SandboxObserver.class.getClassLoader(),
                new Class<?>[] {SandboxObserver.class},
                (proxy, method, arguments) -> {
                  if (method.getDeclaringClass() == Object.class) {
                    return method.invoke(this, arguments);
                  }
                  throw new AssertionError("a defect of an observer");
                });
    try (Sandbox sandbox = observed(broken)) {
      assertThat(number(await(count(sandbox)))).isEqualTo(1);
      assertThat(number(await(count(sandbox)))).isEqualTo(2);
    }
  }

  /** The in-memory store behind a bad line. */
  private static final class Unreliable implements KvStore {
    private final MemoryKvStore store = new MemoryKvStore();
    private final List<String> ids = new ArrayList<>();
    private int answersToLose;
    private boolean hanging;
    private boolean conflicting;
    private boolean takingNothing;
    private volatile boolean conflictingUnlessReserved;
    private volatile boolean failingReads;
    private final List<String> reservedFor = new CopyOnWriteArrayList<>();

    void loseNextAnswers(int count) {
      answersToLose = count;
    }

    void hang() {
      hanging = true;
    }

    void conflictUnlessReserved() {
      conflictingUnlessReserved = true;
    }

    void failReadsOnceReserved() {
      failingReads = true;
    }

    void takeNothing() {
      takingNothing = true;
    }

    void conflictFromNowOn() {
      conflicting = true;
    }

    @Override
    public String name() {
      return "unreliable";
    }

    @Override
    public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
      return failingReads && !reservedFor.isEmpty()
          ? CompletableFuture.failedFuture(
              new StoreException(StoreException.Kind.UNAVAILABLE, "reads nothing now"))
          : store.read(address, keys);
    }

    @Override
    public synchronized CompletionStage<CommitResult> commit(
        RoomAddress address, KvTransaction transaction) {
      ids.add(transaction.id());
      if (hanging) {
        return new CompletableFuture<>();
      }
      if (takingNothing) {
        return CompletableFuture.failedFuture(
            new StoreException(StoreException.Kind.UNAVAILABLE, "it takes nothing now"));
      }
      if (conflicting || (conflictingUnlessReserved && !reservedFor.contains(transaction.id()))) {
        return CompletableFuture.completedFuture(CommitResult.conflict());
      }
      CompletionStage<CommitResult> applied = store.commit(address, transaction);
      if (answersToLose > 0) {
        answersToLose--;
        return CompletableFuture.failedFuture(
            new StoreException(StoreException.Kind.TIMEOUT, "the answer was lost"));
      }
      return applied;
    }

    @Override
    public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
      reservedFor.add(id);
      return store.reserve(address, id, time);
    }
  }
}
