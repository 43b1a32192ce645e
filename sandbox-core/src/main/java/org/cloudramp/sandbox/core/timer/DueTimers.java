package org.cloudramp.sandbox.core.timer;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.RoomTimers;
import org.cloudramp.sandbox.api.kv.TimerChanges;
import org.cloudramp.sandbox.api.kv.TimerClaim;
import org.cloudramp.sandbox.core.HookTrace;
import org.cloudramp.sandbox.core.Submission;
import org.cloudramp.sandbox.core.TimerListener;
import org.cloudramp.sandbox.core.kv.KvFailure;
import org.cloudramp.sandbox.core.observe.ServiceLog;
import org.cloudramp.sandbox.core.room.RoomScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fires the timers of rooms, whoever has set them. Thread-safe.
 *
 * <ol>
 *   <li>A timer that is due is claimed, for this process and a few seconds, and waits its turn in
 *       its room like any other hook. Its hook removes it in its own commit.
 *   <li>What waits is bounded ({@link WaitingTimers}); what is due beyond that stays in the store.
 *   <li>One whose hook has failed, or whose module cannot be loaded, is tried again after 2, 4, …
 *       64 s, six times, and then dropped with a line in the log of its service. One that nobody
 *       answers, because the live version has no {@code onTimer} or refuses, is dropped at once.
 *   <li>While its version or room rests, or its room's queue is full, a timer waits, and that is no
 *       attempt.
 *   <li>One that could not be settled, because the store was away or this process has ended, is
 *       claimed again when the claim is over, by whoever comes first.
 * </ol>
 */
public final class DueTimers implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DueTimers.class);

  /** How often to look: a timer is late by that much at most, where nothing else is to be done. */
  private static final Duration LOOK_EACH = Duration.ofMillis(50);

  /** For how long a timer is claimed: until its hook begins, which prolongs it. */
  private static final Duration CLAIMED_FOR = Duration.ofSeconds(5);

  private static final int MAX_RETRIES = 6;
  private static final Duration PAUSE_WHEN_RESTING = Duration.ofSeconds(30);
  private static final Duration PAUSE_WHEN_FULL = Duration.ofSeconds(1);

  private final KvStore store;
  private final RoomScheduler rooms;
  private final Clock clock;
  private final ScheduledExecutorService executor;
  private final ServiceLog serviceLog;
  private final TimerListener listener;
  private final WaitingTimers waiting = new WaitingTimers();

  /** Whether the store is being asked; guarded by this, as all below. */
  private boolean isClaiming;

  private boolean isAway;
  private boolean closed;

  /** Those who want to know when nothing is due any more, of which no claim knows yet. */
  private List<CompletableFuture<Optional<Instant>>> asking = new ArrayList<>();

  /**
   * Fires nothing yet.
   *
   * @param store where timers are kept, if it keeps any
   * @param executor for quick work
   * @param listener asked who follows a timer
   */
  public DueTimers(
      KvStore store,
      RoomScheduler rooms,
      Clock clock,
      ScheduledExecutorService executor,
      ServiceLog serviceLog,
      TimerListener listener) {
    this.store = store;
    this.rooms = rooms;
    this.clock = clock;
    this.executor = executor;
    this.serviceLog = serviceLog;
    this.listener = listener;
  }

  /** Begins to look for timers, until this is closed. */
  public void start() {
    if (store.timers().isPresent()) {
      var unused =
          executor.scheduleWithFixedDelay(
              this::look, LOOK_EACH.toMillis(), LOOK_EACH.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Looks at once.
   *
   * @return completes when all that was due has been fired and settled, with the time before which
   *     nothing more comes due, as far as is known; exceptionally with a {@link StoreException} if
   *     the store cannot be asked
   */
  public CompletionStage<Optional<Instant>> fire() {
    CompletableFuture<Optional<Instant>> answer = new CompletableFuture<>();
    synchronized (this) {
      if (closed || store.timers().isEmpty()) {
        return CompletableFuture.completedFuture(Optional.empty());
      }
      asking.add(answer);
    }
    look();
    return answer;
  }

  /** Claims no more; what has been claimed runs, or is left to others. Idempotent. */
  @Override
  public void close() {
    List<CompletableFuture<Optional<Instant>>> left;
    synchronized (this) {
      closed = true;
      left = asking;
      asking = new ArrayList<>();
    }
    left.forEach(answer -> answer.complete(Optional.empty()));
  }

  private void look() {
    RoomTimers timers = store.timers().orElseThrow();
    TimerClaim claim;
    List<CompletableFuture<Optional<Instant>>> askedBefore;
    synchronized (this) {
      if (isClaiming || closed) {
        return;
      }
      Instant now = clock.instant();
      Optional<TimerClaim> possible = waiting.claim(now, now.plus(CLAIMED_FOR));
      if (possible.isEmpty()) {
        return;
      }
      claim = possible.get();
      isClaiming = true;
      askedBefore = asking;
      asking = new ArrayList<>();
    }
    CompletionStage<RoomTimers.Claimed> answer;
    try {
      answer = timers.claim(claim);
    } catch (RuntimeException e) { // a store that throws instead of failing its stage
      answer = CompletableFuture.failedFuture(e);
    }
    var unused =
        answer
            .toCompletableFuture()
            .orTimeout(CLAIMED_FOR.toMillis(), TimeUnit.MILLISECONDS)
            .whenComplete((claimed, failure) -> claimed(claimed, failure, askedBefore));
  }

  private void claimed(
      RoomTimers.@Nullable Claimed claimed,
      @Nullable Throwable failure,
      List<CompletableFuture<Optional<Instant>>> askedBefore) {
    if (claimed == null) {
      tellOf(failure);
      askedBefore.forEach(
          answer -> answer.completeExceptionally(KvFailure.cause(orUnknown(failure))));
    } else {
      claimed.claimed().forEach(this::submit);
    }
    boolean isDone;
    boolean lookAgain;
    synchronized (this) {
      isClaiming = false;
      if (claimed == null) {
        return;
      }
      if (isAway) {
        isAway = false;
        log.info("the store '{}' can be asked for timers again", store.name());
      }
      isDone = claimed.claimed().isEmpty() && waiting.isEmpty();
      if (!isDone) {
        asking.addAll(askedBefore);
      }
      // Whoever still waits for hooks looks again when the last of them has ended.
      lookAgain = !claimed.claimed().isEmpty() || (!asking.isEmpty() && waiting.isEmpty());
    }
    if (isDone) {
      askedBefore.forEach(answer -> answer.complete(claimed.next()));
    }
    if (lookAgain) {
      executor.execute(this::look);
    }
  }

  private static Throwable orUnknown(@Nullable Throwable failure) {
    return failure == null ? new IllegalStateException("a store has claimed nothing") : failure;
  }

  private void tellOf(@Nullable Throwable failure) {
    synchronized (this) {
      if (isAway || closed) {
        return;
      }
      isAway = true;
    }
    log.warn("the store '{}' cannot be asked for timers; they wait", store.name(), failure);
  }

  private void submit(RoomTimer timer) {
    if (!waiting.add(timer)) {
      return;
    }
    try {
      HookCall.Timer call = new HookCall.Timer(timer);
      Submission unused =
          rooms.submit(call, Duration.ZERO, new Answer(timer, listener.fires(call)));
    } catch (Throwable e) { // a defect of ours, or no memory: the others fire all the same
      log.error("timer {} could not be handed to its room", timer, e);
      settled(timer);
    }
  }

  /** What comes of a timer. */
  private final class Answer implements Submission.Listener {
    private final RoomTimer timer;
    private final Submission.@Nullable Listener follower;

    Answer(RoomTimer timer, Submission.@Nullable Listener follower) {
      this.timer = timer;
      this.follower = follower;
    }

    @Override
    public @Nullable HookTrace trace() {
      return follower == null ? null : follower.trace();
    }

    @Override
    public void queued() {
      if (follower != null) {
        follower.queued();
      }
    }

    @Override
    public void ended(HookResult result) {
      settleAfter(result);
      if (follower != null) {
        follower.ended(result);
      }
    }

    @Override
    public void notRun(SandboxException reason) {
      settleWithout(reason);
      if (follower != null) {
        follower.notRun(reason);
      }
    }

    private void settleAfter(HookResult result) {
      HookOutcome outcome = result.outcome();
      if (outcome instanceof HookOutcome.Completed) {
        settled(timer);
      } else if (outcome instanceof HookOutcome.Failed failed) {
        tryAgain(timer, failed.cause());
      } else {
        settle(timer, () -> drop(timer));
      }
    }

    private void settleWithout(SandboxException reason) {
      if (reason instanceof RefusedException refused) {
        switch (refused.kind()) {
          case QUARANTINED, ROOM_QUARANTINED, CONNECTION_QUARANTINED ->
              settle(timer, () -> defer(timer, timer.attempt(), PAUSE_WHEN_RESTING));
          case QUEUE_FULL -> settle(timer, () -> defer(timer, timer.attempt(), PAUSE_WHEN_FULL));
          case CLOSED -> settle(timer, () -> defer(timer, timer.attempt(), Duration.ZERO));
          case TIMER_GONE, TOO_LARGE, TAKEN_BEFORE -> settled(timer);
        }
      } else if (reason instanceof StoreException) {
        settled(timer); // claimed again when the claim is over
      } else {
        tryAgain(timer, reason);
      }
    }
  }

  private void tryAgain(RoomTimer timer, SandboxException failure) {
    int attempt = timer.attempt() + 1;
    if (attempt <= MAX_RETRIES) {
      settle(timer, () -> defer(timer, attempt, Duration.ofSeconds(1L << attempt)));
      return;
    }
    serviceLog.warn(
        timer.address().service(),
        Optional.empty(),
        "service '{}', room '{}': timer {}, due {}, is dropped: it has failed {} times, the last: {}",
        timer.address().service(),
        timer.address().room(),
        InertText.quote(timer.name()),
        timer.due(),
        attempt,
        failure.getMessage());
    settle(timer, () -> drop(timer));
  }

  private CompletionStage<?> defer(RoomTimer timer, int attempt, Duration pause) {
    return store.timers().orElseThrow().defer(timer, attempt, clock.instant().plus(pause));
  }

  private CompletionStage<?> drop(RoomTimer timer) {
    return store.commit(
        timer.address(),
        KvTransaction.builder(UUID.randomUUID().toString())
            .timers(TimerChanges.answered(timer))
            .build());
  }

  /** What became of it in the store does not matter: if nothing did, it is claimed again. */
  private void settle(RoomTimer timer, Supplier<CompletionStage<?>> last) {
    CompletionStage<?> answer;
    try {
      answer = last.get();
    } catch (RuntimeException e) { // a store that throws instead of failing its stage
      answer = CompletableFuture.failedFuture(e);
    }
    var unused =
        answer.whenComplete(
            (value, failure) -> {
              if (failure != null) {
                log.debug("timer {} could not be settled and is claimed again", timer, failure);
              }
              settled(timer);
            });
  }

  private void settled(RoomTimer timer) {
    boolean lookAgain;
    synchronized (this) {
      waiting.remove(timer);
      lookAgain = waiting.isEmpty() && !asking.isEmpty();
    }
    if (lookAgain) {
      executor.execute(this::look);
    }
  }
}
