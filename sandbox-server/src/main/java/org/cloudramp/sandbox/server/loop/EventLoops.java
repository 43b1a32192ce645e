package org.cloudramp.sandbox.server.loop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.core.RoomLoop;
import org.cloudramp.sandbox.core.RoomLoops;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;

/**
 * The loops of a server. A room is on one of them, with all of its connections. Thread-safe.
 *
 * <p>There is one thread for each loop, one that watches them, and one that stands by; and one for
 * each turn that has overstayed its time, until it returns. When there are eight of those no loop
 * takes turns; those that the loops have taken until then, one for each, may still overstay. So no
 * loop can be stuck.
 */
public final class EventLoops implements RoomLoops, AutoCloseable {
  /** With so many turns that have not returned, though their loops have gone on, none begins. */
  private static final int MAX_OVERSTAYING = 8;

  private final List<EventLoop> loops = new ArrayList<>();
  private final Watchdog watchdog;
  private final AtomicInteger threads = new AtomicInteger();
  private final Set<LoopThread> overstaying = ConcurrentHashMap.newKeySet();

  /**
   * Starts loops.
   *
   * @param count at least one
   */
  public EventLoops(int count) {
    try {
      for (int i = 0; i < count; i++) {
        loops.add(new EventLoop(this));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a selector could not be opened", e);
    }
    watchdog = new Watchdog(this, loops);
    watchdog.start();
    loops.forEach(loop -> newThread().drive(loop));
  }

  @Override
  public RoomLoop of(RoomAddress room) {
    return loop(room);
  }

  private EventLoop loop(RoomAddress room) {
    return loops.get(Math.floorMod(room.hashCode(), loops.size()));
  }

  /**
   * The connection of Jetty's that a handshake is answered with: its socket is the loop's from then
   * on.
   *
   * @param room which it is in; empty if it is in none
   * @param executor of Jetty's, for its own purposes
   * @param whenTaken run when it has been opened, or closed before that; by any thread
   */
  public Connection connection(
      Optional<RoomAddress> room,
      EndPoint endPoint,
      Executor executor,
      Conversation conversation,
      Runnable whenTaken) {
    EventLoop loop = room.map(this::loop).orElse(loops.get(0));
    Object owner = room.map(RoomAddress::service);
    return new AdoptedConnection(endPoint, executor, loop, owner, conversation, whenTaken);
  }

  /** What each loop has done. */
  public List<LoopStatistics> statistics() {
    return loops.stream().map(loop -> loop.statistics().read()).toList();
  }

  /** How many turns have not returned, though their loops have gone on. */
  public int overstaying() {
    return overstaying.size();
  }

  /** Completes when each loop has been round since this was called. */
  public CompletionStage<Void> roundOfEach() {
    return CompletableFuture.allOf(
        loops.stream().map(EventLoops::round).toArray(CompletableFuture[]::new));
  }

  private static CompletableFuture<Void> round(EventLoop loop) {
    CompletableFuture<Void> round = new CompletableFuture<>();
    loop.execute(() -> round.complete(null));
    return round;
  }

  /**
   * Drops the connections that are left, ends the loops and waits a moment for that, and interrupts
   * turns that have not returned. Idempotent.
   */
  @Override
  public void close() {
    watchdog.close();
    loops.forEach(EventLoop::close);
    overstaying.forEach(Thread::interrupt);
    loops.forEach(EventLoop::awaitEnd);
  }

  // For the loops and their watchdog.

  void watch() {
    watchdog.wake();
  }

  /** Whether a turn may be handed to a loop. */
  boolean canRelay() {
    return overstaying.size() < MAX_OVERSTAYING && watchdog.isReady();
  }

  /** All loops may have been handed a turn before the last that was too many overstayed. */
  boolean mayTakeOver() {
    return overstaying.size() < MAX_OVERSTAYING + loops.size();
  }

  /** A thread is about to be left behind with its turn. */
  void overstays(LoopThread thread) {
    overstaying.add(thread);
  }

  /** It has returned, or has not been left behind. */
  void hasReturned(LoopThread thread) {
    overstaying.remove(thread);
  }

  /** A thread that waits for a loop to drive. */
  LoopThread newThread() {
    LoopThread thread = new LoopThread("loop-" + threads.incrementAndGet());
    thread.start();
    return thread;
  }
}
