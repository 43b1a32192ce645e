package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that may run on the thread that hands them in. */
@Timeout(60)
class LentThreadTest {
  private static final RoomAddress LOBBY = RoomAddress.of("demo", "lobby");
  private static final RoomAddress OTHER = RoomAddress.of("demo", "other");
  private static final RoomAddress COUNTER = RoomAddress.of("counter", "lobby");

  @TempDir Path folder;

  private final List<String> order = new CopyOnWriteArrayList<>();
  private final Map<String, Thread> threads = new ConcurrentHashMap<>();

  /** What a hook waits for, by what was said to it; others wait for nothing. */
  private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();

  private final HeldStore store = new HeldStore();
  private Sandbox sandbox;

  private final class Witness implements HookListener {
    @Override
    public void onBegin(HookCall call) {
      String text = ((HookCall.Message) call).payload().text();
      threads.put(text, Thread.currentThread());
      order.add(text);
      CountDownLatch latch = held.get(text);
      if (latch != null) {
        try {
          latch.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  /** Keys in memory; a commit is confirmed when the test says so. */
  private static final class HeldStore implements KvStore {
    private final KvStore memory = new MemoryKvStore();
    private volatile CompletableFuture<Void> confirmed = CompletableFuture.completedFuture(null);

    @Override
    public String name() {
      return "held";
    }

    @Override
    public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
      return memory.read(address, keys);
    }

    @Override
    public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
      return confirmed.thenCompose(nothing -> memory.commit(address, transaction));
    }

    @Override
    public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
      return memory.reserve(address, id, time);
    }
  }

  @BeforeEach
  void start() {
    sandbox =
        Sandbox.builder()
            .settings(
                Map.of(
                    "store.filesystem.folder", folder.toString(),
                    "workers", "2",
                    "workersPerService", "2",
                    "limits.time", "1s"))
            .kv(store)
            .extension(new Rooms())
            .listener(new Witness())
            .build();
    sandbox.publish(LOBBY.service(), Guests.wasm("trap"));
    sandbox.publish(COUNTER.service(), Guests.wasm("count"));
    // The first call of a service waits for its module, on a thread of the sandbox.
    result(sandbox.dispatch(message(LOBBY, "first")));
    result(sandbox.dispatch(message(COUNTER, "first")));
    await().until(() -> sandbox.operator().activeRooms() == 0);
    order.clear();
  }

  @AfterEach
  void end() {
    held.values().forEach(CountDownLatch::countDown);
    store.confirmed.complete(null);
    sandbox.close();
  }

  private static HookCall message(RoomAddress address, String text) {
    return new HookCall.Message(address, new ConnectionId("anna"), Payload.text(text));
  }

  private static HookResult result(CompletionStage<HookResult> stage) {
    return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  private void hold(String text) {
    held.put(text, new CountDownLatch(1));
  }

  private void release(String text) {
    held.getOrDefault(text, new CountDownLatch(0)).countDown();
  }

  @Test
  void aCallIntoAnIdleRoomHasRunOnTheCallersThreadWhenItReturns() {
    CompletionStage<HookResult> stage = sandbox.runOrDispatch(message(LOBBY, "hello"));

    assertThat(stage.toCompletableFuture()).isCompleted();
    assertThat(result(stage).outcome()).isInstanceOf(HookOutcome.Completed.class);
    assertThat(result(stage).events()).extracting(Event::type).containsExactly("room.broadcast");
    assertThat(threads).containsEntry("hello", Thread.currentThread());
  }

  @Test
  void aCallIntoABusyRoomTakesItsPlaceAndTheCallerGoesOn() {
    hold("a");
    CompletionStage<HookResult> first = sandbox.dispatch(message(LOBBY, "a"));
    await().until(() -> order.contains("a"));

    CompletionStage<HookResult> second = sandbox.runOrDispatch(message(LOBBY, "b"));

    assertThat(second.toCompletableFuture()).isNotCompleted();
    release("a");
    result(first);
    result(second);
    assertThat(order).containsExactly("a", "b");
    assertThat(threads.get("b")).isNotEqualTo(Thread.currentThread());
  }

  @Test
  void whatCameMeanwhileRunsOnAThreadOfTheSandboxAlsoWhenAnotherIsHeld() throws Exception {
    hold("slow");
    CompletionStage<HookResult> slow = sandbox.dispatch(message(OTHER, "slow"));
    await().until(() -> order.contains("slow"));
    hold("a");
    CompletableFuture<CompletionStage<HookResult>> lent = new CompletableFuture<>();
    Thread caller = new Thread(() -> lent.complete(sandbox.runOrDispatch(message(LOBBY, "a"))));
    caller.start();
    await().until(() -> order.contains("a"));
    CompletionStage<HookResult> next = sandbox.dispatch(message(LOBBY, "b"));

    release("a");

    result(next);
    caller.join();
    assertThat(lent.get().toCompletableFuture()).isCompleted();
    assertThat(threads).containsEntry("a", caller);
    assertThat(threads.get("b")).isNotEqualTo(caller);
    assertThat(slow.toCompletableFuture()).isNotCompleted();
  }

  @Test
  void aHookThatDoesNotEndIsStoppedAndTheThreadIsNotInterrupted() {
    HookResult result = result(sandbox.runOrDispatch(message(LOBBY, "loop")));

    assertThat(threads).containsEntry("loop", Thread.currentThread());
    assertThat(result.outcome())
        .isInstanceOfSatisfying(
            HookOutcome.Failed.class,
            failed ->
                assertThat(failed.cause())
                    .isInstanceOfSatisfying(
                        GuestException.class,
                        cause -> assertThat(cause.kind()).isEqualTo(GuestException.Kind.DEADLINE)));
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void anInterruptOfOthersIsStillPendingAfterwards() {
    Thread.currentThread().interrupt();

    CompletionStage<HookResult> stage = sandbox.runOrDispatch(message(LOBBY, "hello"));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(result(stage).outcome()).isInstanceOf(HookOutcome.Completed.class);
  }

  @Test
  void aHookThatWaitsForItsCommitGivesTheThreadBack() {
    store.confirmed = new CompletableFuture<>();

    CompletionStage<HookResult> stage = sandbox.runOrDispatch(message(COUNTER, "1"));

    assertThat(stage.toCompletableFuture()).isNotCompleted();
    store.confirmed.complete(null);
    assertThat(result(stage).outcome()).isInstanceOf(HookOutcome.Completed.class);
  }

  @Test
  void callsOfManyThreadsRunOneAtATimeInARoomAndNoneIsLost() throws Exception {
    int callers = 4;
    int each = 2_000;
    List<CompletionStage<HookResult>> stages = new CopyOnWriteArrayList<>();
    List<Thread> lent = new CopyOnWriteArrayList<>();
    for (int caller = 0; caller < callers; caller++) {
      String name = "c" + caller + "-";
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  CompletionStage<HookResult> stage =
                      sandbox.runOrDispatch(message(LOBBY, name + i));
                  stages.add(stage);
                  if (i % 100 == 0) {
                    result(stage); // so that no more wait than have a place
                  }
                }
              });
      lent.add(thread);
      thread.start();
    }
    for (Thread thread : lent) {
      thread.join(Duration.ofSeconds(50).toMillis());
    }

    assertThat(stages).hasSize(callers * each);
    assertThat(stages).allMatch(stage -> result(stage).outcome() instanceof HookOutcome.Completed);
    for (int caller = 0; caller < callers; caller++) {
      String name = "c" + caller + "-";
      List<String> own = order.stream().filter(text -> text.startsWith(name)).toList();
      assertThat(own).hasSize(each).isEqualTo(inOrder(name, each));
    }
    await().until(() -> sandbox.operator().activeRooms() == 0);
  }

  private static List<String> inOrder(String name, int count) {
    return IntStream.range(0, count).mapToObj(i -> name + i).toList();
  }
}
