package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.HostException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that are handed in with patience, to a room in which a hook runs when the test says so. */
@Timeout(60)
class SubmissionTest {
  private static final RoomAddress LOBBY = RoomAddress.of("chat", "lobby");
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path folder;

  private final Semaphore turns = new Semaphore(0);
  private final List<String> order = new CopyOnWriteArrayList<>();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private Sandbox sandbox;

  /** Lets each hook of the lobby begin when there is a permit for it. */
  private final class Gatekeeper implements HookListener {
    @Override
    public void onBegin(HookCall call) {
      if (call.address().equals(LOBBY)) {
        turns.acquireUninterruptibly();
        order.add(name(call));
      }
    }
  }

  @BeforeEach
  void start() {
    sandbox =
        Sandbox.builder()
            .settings(
                Map.of(
                    "store.filesystem.folder", folder.toString(),
                    "limits.queueLength", "2",
                    "limits.time", "2s"))
            .extension(new Rooms())
            .listener(new Gatekeeper())
            .build();
    sandbox.publish(LOBBY.service(), Guests.wasm("echo"));
  }

  @AfterEach
  void end() {
    turns.release(1_000_000);
    sandbox.close();
  }

  private static String name(HookCall call) {
    return call.onBehalfOf().map(ConnectionId::value).orElse("nobody");
  }

  private static HookCall message(RoomAddress address, String from) {
    return new HookCall.Message(address, new ConnectionId(from), Payload.text(from));
  }

  private Submission submit(String name, Duration patience) {
    return submit(LOBBY, name, patience);
  }

  private Submission submit(RoomAddress address, String name, Duration patience) {
    return sandbox.submit(
        message(address, name),
        patience,
        new Submission.Listener() {
          @Override
          public void queued() {
            heard.add(name + " queued");
          }

          @Override
          public void ended(HookResult result) {
            heard.add(name + " ended");
          }

          @Override
          public void notRun(SandboxException reason) {
            heard.add(
                name
                    + " "
                    + (reason instanceof RefusedException refused
                        ? refused.kind().toString()
                        : reason.getClass().getSimpleName()));
          }
        });
  }

  /** One runs, two have a place. */
  private void fill() {
    submit("a", LONG);
    submit("b", LONG);
    submit("c", LONG);
  }

  private void runAll() {
    turns.release(1_000);
    await().until(() -> sandbox.operator().activeRooms() == 0);
  }

  @Test
  void whatHasAPlaceIsToldSoAtOnceAndRunsInItsTurn() {
    fill();

    assertThat(heard).containsExactly("a queued", "b queued", "c queued");
    runAll();
    assertThat(order).containsExactly("a", "b", "c");
    assertThat(heard).endsWith("a ended", "b ended", "c ended");
  }

  @Test
  void whatHasNoPlaceGetsOneAsSoonAsTheRoomMovesOn() {
    fill();
    submit("d", LONG);
    assertThat(heard).doesNotContain("d queued");

    turns.release();

    await().until(() -> heard.contains("d queued"));
    assertThat(heard.indexOf("a ended")).isNotNegative();
    runAll();
    assertThat(order).containsExactly("a", "b", "c", "d");
  }

  @Test
  void nobodyOvertakesThoseWhoWait() throws Exception {
    fill();
    submit("d", LONG);
    submit("e", LONG);

    submit("impatient", Duration.ZERO);

    assertThat(heard).contains("impatient QUEUE_FULL");
    runAll();
    assertThat(order).containsExactly("a", "b", "c", "d", "e");
  }

  @Test
  void whatIsWithdrawnDoesNotRunAndIsNotHeardOfAgain() {
    fill();
    Submission waiting = submit("d", LONG);

    assertThat(waiting.withdraw()).isTrue();

    assertThat(waiting.withdraw()).isFalse();
    runAll();
    assertThat(order).containsExactly("a", "b", "c");
    assertThat(heard).noneMatch(line -> line.startsWith("d"));
  }

  @Test
  void whatHasAPlaceCannotBeWithdrawn() {
    Submission running = submit("a", LONG);
    Submission queued = submit("b", LONG);

    assertThat(running.withdraw()).isFalse();
    assertThat(queued.withdraw()).isFalse();
    runAll();
    assertThat(order).containsExactly("a", "b");
  }

  @Test
  void patienceEnds() {
    fill();

    submit("d", Duration.ofMillis(1));

    await().until(() -> heard.contains("d QUEUE_FULL"));
    runAll();
    assertThat(order).containsExactly("a", "b", "c");
  }

  @Test
  void whatCannotRunEndsWithTheReason() {
    submit(RoomAddress.of("nobody", "lobby"), "a", LONG);

    await().until(() -> heard.size() == 2);
    assertThat(heard).containsExactly("a queued", "a " + ModuleException.class.getSimpleName());
  }

  @Test
  void closingRefusesThoseWhoWaitForAPlaceAndRunsThoseWhoHaveOne() {
    fill();
    submit("d", LONG);
    turns.release(1_000);

    sandbox.close();

    assertThat(heard)
        .contains("a ended", "b ended", "c ended")
        .anyMatch(line -> line.matches("d (CLOSED|ended)"));
    submit("e", LONG);
    assertThat(heard).endsWith("e CLOSED");
  }

  @Test
  void nothingIsLostOrStuckWhenManySubmitWhileTheRoomRuns() throws Exception {
    int threads = 4;
    int each = 2_000;
    turns.release(threads * each);
    AtomicInteger ended = new AtomicInteger();
    ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (int thread = 0; thread < threads; thread++) {
        String name = "t" + thread;
        pool.execute(
            () ->
                IntStream.range(0, each).forEach(i -> submitCounted(name + "-" + i, ended, wrong)));
      }
      pool.shutdown();
      assertThat(pool.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      pool.shutdownNow();
    }
    await().atMost(Duration.ofSeconds(60)).until(() -> ended.get() == threads * each);

    assertThat(wrong).isEmpty();
    for (int thread = 0; thread < threads; thread++) {
      String name = "t" + thread + "-";
      assertThat(order.stream().filter(id -> id.startsWith(name)))
          .containsExactlyElementsOf(IntStream.range(0, each).mapToObj(i -> name + i).toList());
    }
  }

  private void submitCounted(
      String name, AtomicInteger ended, ConcurrentLinkedQueue<String> wrong) {
    Submission unused =
        sandbox.submit(
            message(LOBBY, name),
            Submission.FOREVER,
            new Submission.Listener() {
              @Override
              public void ended(HookResult result) {
                ended.incrementAndGet();
              }

              @Override
              public void notRun(SandboxException reason) {
                wrong.add(String.valueOf(reason.getMessage()));
                ended.incrementAndGet();
              }
            });
  }

  @Test
  void aTaskOfTheHostRunsInTheOrderOfTheRoom() throws Exception {
    submit("a", LONG);
    CompletionStage<Void> task = sandbox.runInOrder(LOBBY, () -> order.add("host"));
    submit("b", LONG);

    runAll();

    task.toCompletableFuture().get(10, TimeUnit.SECONDS);
    assertThat(order).containsExactly("a", "host", "b");
  }

  @Test
  void whateverATaskOrACallerThrowsTheRoomGoesOn() {
    turns.release(1_000);
    CompletableFuture<Void> task =
        sandbox
            .runInOrder(
                LOBBY,
                () -> {
                  throw new OutOfMemoryError("of this test");
                })
            .toCompletableFuture();
    Submission unused =
        sandbox.submit(
            message(LOBBY, "thrower"),
            LONG,
            new Submission.Listener() {
              @Override
              public void queued() {
                throw new StackOverflowError("of this test");
              }

              @Override
              public void ended(HookResult result) {
                throw new OutOfMemoryError("of this test");
              }

              @Override
              public void notRun(SandboxException reason) {
                throw new AssertionError("it runs");
              }
            });

    submit("b", LONG);

    await().until(() -> heard.contains("b ended"));
    assertThatThrownBy(() -> task.get(10, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(HostException.class)
        .hasMessageContaining("chat/lobby");
    await().until(() -> sandbox.operator().activeRooms() == 0);
  }
}
