package org.cloudramp.sandbox.server.rooms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.server.rooms.Intake.Ticket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IntakeTest {
  private static final ServiceId SERVICE = new ServiceId("chat");

  private final Intake intake = new Intake();
  private final OneRoom room = new OneRoom(intake, 2);
  private final List<String> heard = new ArrayList<>();

  IntakeTest() {
    intake.connect(room::dispatch);
  }

  /** A sandbox of one room with a bounded queue, whose hooks run when the test says so. */
  private static final class OneRoom {
    private record Waiting(HookCall call, CompletableFuture<HookResult> result) {}

    private final Intake intake;
    private final int capacity;
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private final List<String> order = new ArrayList<>();

    OneRoom(Intake intake, int capacity) {
      this.intake = intake;
      this.capacity = capacity;
    }

    synchronized CompletableFuture<HookResult> dispatch(HookCall call) {
      if (queue.size() == capacity) {
        return CompletableFuture.failedFuture(
            new GuestException(GuestException.Kind.QUOTA, "full"));
      }
      CompletableFuture<HookResult> result = new CompletableFuture<>();
      queue.add(new Waiting(call, result));
      return result;
    }

    private synchronized @Nullable Waiting poll() {
      Waiting next = queue.poll();
      if (next != null) {
        order.add(next.call().connection().value());
      }
      return next;
    }

    /** Runs the next hook; false if none waits. */
    boolean run() {
      Waiting next = poll();
      if (next == null) {
        return false;
      }
      intake.onBegin(next.call());
      next.result()
          .complete(
              new HookResult(
                  next.call(),
                  new ModuleVersion(SERVICE, Digest.of(new byte[0])),
                  new HookOutcome.Completed(),
                  List.of(),
                  Duration.ZERO));
      return true;
    }

    void runAll() {
      while (run()) {
        // the next one
      }
    }

    synchronized List<String> order() {
      return List.copyOf(order);
    }
  }

  private Ticket submit(String name) {
    return listen(name, intake.submit(message(name)));
  }

  private Ticket submit(String name, Duration patience) {
    return listen(name, intake.submit(message(name), patience));
  }

  private Ticket listen(String name, Ticket ticket) {
    ticket.whenQueued(() -> hear(name + " queued"));
    ticket.whenEnded(
        (result, error) ->
            hear(name + (error == null ? " ended" : " " + error.getClass().getSimpleName())));
    return ticket;
  }

  private synchronized void hear(String what) {
    heard.add(what);
  }

  private synchronized List<String> heard() {
    return List.copyOf(heard);
  }

  private static HookCall message(String connection) {
    return new HookCall.Message(
        SERVICE, new RoomId("lobby"), new ConnectionId(connection), Payload.text(""));
  }

  @Test
  void whatHasAPlaceGoesInAtOnce() {
    submit("a");

    assertThat(heard()).containsExactly("a queued");
    room.runAll();
    assertThat(heard()).containsExactly("a queued", "a ended");
  }

  @Test
  void whatHasNoPlaceGoesInAsSoonAsTheRoomMovesOn() {
    submit("a");
    submit("b");
    submit("c");
    submit("d");
    assertThat(heard()).containsExactly("a queued", "b queued");

    room.run();

    assertThat(heard()).containsExactly("a queued", "b queued", "c queued", "a ended");
    room.runAll();
    assertThat(room.order()).containsExactly("a", "b", "c", "d");
    assertThat(heard()).contains("c ended", "d ended");
  }

  @Test
  void nobodyOvertakesThoseWhoWait() {
    submit("a");
    submit("b");
    submit("c");
    room.poll(); // there is a place now, and nobody has been told yet

    submit("d");

    room.runAll();
    assertThat(room.order()).containsExactly("a", "b", "c", "d");
  }

  @Test
  void aRoomThatMovesOnWhileItRefusesLeavesNobodyWaiting() {
    intake.connect(
        call -> {
          CompletableFuture<HookResult> result = room.dispatch(call);
          if (result.isCompletedExceptionally()) {
            room.runAll(); // all of it, before the intake knows of the refusal
          }
          return result;
        });
    submit("a");
    submit("b");

    submit("c");

    assertThat(heard()).contains("c queued");
  }

  @Test
  void whatIsWithdrawnDoesNotGoInAndIsNotHeardOfAgain() {
    submit("a");
    submit("b");
    Ticket ticket = submit("c");

    assertThat(intake.withdraw(ticket)).isTrue();

    room.runAll();
    assertThat(room.order()).containsExactly("a", "b");
    assertThat(heard()).noneMatch(line -> line.startsWith("c"));
  }

  @Test
  void whatIsInCannotBeWithdrawn() {
    Ticket ticket = submit("a");

    assertThat(intake.withdraw(ticket)).isFalse();
  }

  @Test
  void patienceEnds() {
    submit("a");
    submit("b");

    submit("c", Duration.ofMillis(1));

    await().untilAsserted(() -> assertThat(heard()).contains("c BusyException"));
    room.runAll();
    assertThat(room.order()).containsExactly("a", "b");
  }

  @Test
  void whatCannotRunEndsWithTheReason() {
    intake.connect(
        call ->
            CompletableFuture.failedFuture(
                new ModuleException(ModuleException.Kind.NOT_FOUND, "no such service")));

    submit("a");

    assertThat(heard()).containsExactly("a queued", "a ModuleException");
  }

  @Test
  void nothingIsLostOrStuckWhenManySubmitWhileTheRoomRuns() throws Exception {
    int threads = 4;
    int each = 5_000;
    AtomicInteger ended = new AtomicInteger();
    ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    ExecutorService pool = Executors.newFixedThreadPool(threads + 1);
    try {
      for (int thread = 0; thread < threads; thread++) {
        String name = "t" + thread;
        pool.execute(
            () ->
                IntStream.range(0, each)
                    .forEach(
                        i ->
                            intake
                                .submit(message(name + "-" + i))
                                .whenEnded(
                                    (result, error) -> {
                                      ended.incrementAndGet();
                                      if (error != null) {
                                        wrong.add(error.toString());
                                      }
                                    })));
      }
      pool.execute(
          () -> {
            while (ended.get() < threads * each && !Thread.currentThread().isInterrupted()) {
              room.runAll();
            }
          });
      pool.shutdown();
      assertThat(pool.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      pool.shutdownNow();
    }

    assertThat(wrong).isEmpty();
    assertThat(ended).hasValue(threads * each);
    for (int thread = 0; thread < threads; thread++) {
      String name = "t" + thread + "-";
      assertThat(room.order().stream().filter(id -> id.startsWith(name)))
          .containsExactlyElementsOf(IntStream.range(0, each).mapToObj(i -> name + i).toList());
    }
  }
}
