package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way into the rooms. A call for which the queue of its room has no place waits here, in order,
 * and goes in as soon as the room moves on, so that nothing is lost and nobody has to ask again and
 * again.
 *
 * <p>How much waits is bounded by those who submit: a connection submits a message only when the
 * one before it has been queued, and at its end a leave.
 *
 * <p>Needs to be told of the hooks of the sandbox that it puts calls into. Thread-safe.
 */
public final class Intake implements HookListener {
  private static final Logger log = LoggerFactory.getLogger(Intake.class);

  /** A call on its way in. */
  static final class Ticket {
    private final HookCall call;
    private final CompletableFuture<Void> queued = new CompletableFuture<>();
    private final CompletableFuture<HookResult> ended = new CompletableFuture<>();

    private Ticket(HookCall call) {
      this.call = call;
    }

    /**
     * Runs {@code next} when the call has a place in the queue of its room, if it ever gets one.
     */
    void whenQueued(Runnable next) {
      follow(queued, (nothing, error) -> next.run());
    }

    /**
     * Runs {@code next} when the hook has run, or could not run. Of a call that has been withdrawn,
     * nothing more is heard.
     */
    void whenEnded(Ending next) {
      follow(ended, next::ended);
    }
  }

  /** What follows on the end of a call. */
  @FunctionalInterface
  interface Ending {
    /** Is given the result, or why there is none: one of the two is null. */
    void ended(@Nullable HookResult result, @Nullable Throwable error);
  }

  /** No place in the queue has become free for as long as the caller wanted to wait. */
  static final class BusyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    BusyException() {
      // No stack: it says nothing, and there may be many of them.
      super("the queue of the room stayed full", null, false, false);
    }
  }

  private record Key(ServiceId service, RoomId room) {
    static Key of(HookCall call) {
      return new Key(call.service(), call.room());
    }
  }

  /** Those who wait for one room. Guarded by itself. */
  private static final class Line {
    final Deque<Ticket> waiting = new ArrayDeque<>();
    boolean retired;
  }

  private record Begun(Ticket ticket, CompletableFuture<HookResult> result) {
    /** Tells those who wait. Without any lock: they may submit the next call. */
    void tell() {
      ticket.queued.complete(null);
      follow(
          result,
          (hookResult, error) -> {
            if (error == null) {
              ticket.ended.complete(hookResult);
            } else {
              ticket.ended.completeExceptionally(error);
            }
          });
    }
  }

  private final ConcurrentMap<Key, Line> lines = new ConcurrentHashMap<>();
  private volatile Function<HookCall, CompletableFuture<HookResult>> sandbox =
      call -> CompletableFuture.failedFuture(new IllegalStateException("not connected yet"));

  /**
   * Says where calls go. Once, before the first call: the sandbox wants its listener when it is
   * made, and this listener wants the sandbox.
   */
  public void connect(Function<HookCall, CompletableFuture<HookResult>> sandbox) {
    this.sandbox = sandbox;
  }

  /** Hands a call in, and waits for a place as long as it takes. */
  Ticket submit(HookCall call) {
    Ticket ticket = new Ticket(call);
    Key key = Key.of(call);
    if (!lines.containsKey(key)) {
      CompletableFuture<HookResult> result = sandbox.apply(call);
      if (!isRefused(result)) {
        new Begun(ticket, result).tell();
        return ticket;
      }
    }
    enqueue(key, ticket);
    // The room may have moved on since it refused, and may have nothing left that would wake us.
    advance(key);
    return ticket;
  }

  /** Hands a call in; if it gets no place in time, it ends with a {@link BusyException}. */
  Ticket submit(HookCall call, Duration patience) {
    Ticket ticket = submit(call);
    if (!ticket.queued.isDone()) {
      follow(
          ticket.queued.copy().orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS),
          (nothing, timeout) -> {
            if (timeout != null && withdraw(ticket)) {
              ticket.ended.completeExceptionally(new BusyException());
            }
          });
    }
    return ticket;
  }

  /**
   * Takes a call back.
   *
   * @return whether it was still waiting; if not, it runs or has run
   */
  boolean withdraw(Ticket ticket) {
    Line line = lines.get(Key.of(ticket.call));
    if (line == null) {
      return false;
    }
    synchronized (line) {
      return line.waiting.remove(ticket);
    }
  }

  @Override
  public void onBegin(HookCall call) {
    // The call has just left the queue, so there is a place.
    advance(Key.of(call));
  }

  private void enqueue(Key key, Ticket ticket) {
    while (true) {
      Line line = lines.computeIfAbsent(key, k -> new Line());
      synchronized (line) {
        if (!line.retired) {
          line.waiting.add(ticket);
          return;
        }
      }
    }
  }

  private void advance(Key key) {
    Line line = lines.get(key);
    if (line == null) {
      return;
    }
    List<Begun> begun = new ArrayList<>();
    synchronized (line) {
      while (!line.waiting.isEmpty()) {
        Ticket first = line.waiting.element();
        CompletableFuture<HookResult> result = sandbox.apply(first.call);
        if (isRefused(result)) {
          break;
        }
        line.waiting.remove();
        begun.add(new Begun(first, result));
      }
      if (line.waiting.isEmpty()) {
        line.retired = true;
        lines.remove(key, line);
      }
    }
    begun.forEach(Begun::tell);
  }

  /** Goes on when a future completes, and does not leave a fault of ours in another future. */
  @SuppressWarnings("FutureReturnValueIgnored")
  private static <T> void follow(
      CompletableFuture<T> future, BiConsumer<@Nullable T, @Nullable Throwable> next) {
    future.whenComplete(
        (value, error) -> {
          try {
            next.accept(value, error);
          } catch (RuntimeException e) {
            log.error("a call was not followed up", e);
          }
        });
  }

  /** Whether the queue of the room is full, which {@code dispatch} says at once. */
  private static boolean isRefused(CompletableFuture<HookResult> result) {
    return result.isCompletedExceptionally()
        && result
            .handle(
                (none, error) ->
                    error instanceof GuestException guest
                        && guest.kind() == GuestException.Kind.QUOTA)
            .join();
  }
}
