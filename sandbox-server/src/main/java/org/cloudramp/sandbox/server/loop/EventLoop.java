package org.cloudramp.sandbox.server.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.cloudramp.sandbox.core.RoomLoop;
import org.cloudramp.sandbox.server.turns.Lines;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One loop: sockets, what others have posted, and turns of rooms, round after round.
 *
 * <p>One thread drives it at a time, and all of its fields belong to whoever that is. Before a turn
 * the driver makes {@link #relay} odd; if it can make it even afterwards, it drives on. If the
 * {@link Watchdog} has done so meanwhile, another thread drives, and what the turn has asked for is
 * posted like anybody's.
 */
final class EventLoop implements RoomLoop {
  private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

  /** As much is read of a connection in one round, so that all have their turn. */
  private static final int READ_BYTES = 8 << 10;

  /** What was posted is done for so long in one round; then come sockets, and turns. */
  private static final long POSTED_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** Sockets are served for so long in one round; then come those who join, and turns. */
  private static final long READS_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** Turns of one round; and no more begin when they have taken so long. Then sockets come. */
  private static final int TURNS_OF_ROUND = 256;

  private static final long TURNS_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /**
   * What others have posted and has not been done; who brings more has to wait a moment. What is
   * posted next waits for all of it: with ten receivers each, some 30 ms.
   */
  private static final long MAX_POSTED_BYTES = 2 << 20;

  /** What a task takes, besides what it sends. */
  private static final int TASK_BYTES = 128;

  private static final long TASK_WAIT_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private static final long END_SECONDS = 2;

  /** How often a loop that does nothing looks whether somebody has lingered for too long. */
  private static final long LINGER_LOOK_MILLIS = 500;

  private final EventLoops group;
  private final Selector selector;
  private final Queue<Posted> posted = new ConcurrentLinkedQueue<>();

  private final AtomicInteger postedCount = new AtomicInteger();
  private final AtomicLong postedBytes = new AtomicLong();

  /** Whether it waits for sockets, so that whoever posts something has to wake it. */
  private final AtomicBoolean asleep = new AtomicBoolean();

  /** Odd while a turn runs. */
  private final AtomicLong relay = new AtomicLong();

  private final LoopStatistics.Counter statistics = new LoopStatistics.Counter();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable LoopThread driver;
  private volatile boolean closed;

  // All below belongs to whoever drives.
  private final ByteBuffer input = ByteBuffer.allocateDirect(READ_BYTES);
  private final Slab slab = new Slab(statistics);

  /** Those who have something to read or to write. Each is there once. */
  private final Lines<Object, LoopMember> ready = new Lines<>();

  private final ArrayDeque<Turn> turns = new ArrayDeque<>();
  private final ArrayDeque<LoopMember> lingering = new ArrayDeque<>();

  /** Those whose sockets somebody else waits for. */
  private final Set<LoopMember> others = new HashSet<>();

  private @Nullable Turn running;

  EventLoop(EventLoops group) throws IOException {
    this.group = group;
    this.selector = Selector.open();
  }

  // For everybody.

  @Override
  public boolean takesTurns() {
    return !closed && group.canRelay();
  }

  @Override
  public void execute(Turn turn) {
    execute(() -> turns.add(turn));
  }

  @Override
  public void execute(Runnable task) {
    execute(task, 0);
  }

  /**
   * As {@link #execute(Runnable)}.
   *
   * @param bytes that the task holds
   */
  void execute(Runnable task, int bytes) {
    LoopThread current = LoopThread.of(this);
    if (current == null) {
      post(task, bytes);
    } else if (current.isInTurn()) {
      current.ask(task);
      if (current.hasAskedMuch()) {
        settle(current);
      }
    } else {
      task.run();
    }
  }

  @Override
  public void enqueue(Runnable task) {
    LoopThread current = LoopThread.of(this);
    if (current == null || current.isInTurn() || postedCount.get() == 0) {
      execute(task);
    } else {
      post(task, 0);
    }
  }

  /** What somebody has posted. */
  private record Posted(Runnable task, int bytes) {}

  private void post(Runnable task, int bytes) {
    Posted added = new Posted(task, bytes + TASK_BYTES);
    postedCount.incrementAndGet();
    if (postedBytes.addAndGet(added.bytes()) > MAX_POSTED_BYTES) {
      waitUntilLessIsPosted();
    }
    posted.add(added);
    if (asleep.get() && asleep.compareAndSet(true, false)) {
      selector.wakeup();
    }
  }

  /**
   * Holds back whoever runs rooms faster than their loop can send what they say: a loop never
   * waits, so this ends. A loop that posts to another does not wait for it.
   */
  private void waitUntilLessIsPosted() {
    if (Thread.currentThread() instanceof LoopThread current && !current.isInTurn()) {
      return;
    }
    while (postedBytes.get() > MAX_POSTED_BYTES && !posted.isEmpty() && !closed) {
      LockSupport.parkNanos(TASK_WAIT_NANOS);
    }
  }

  /** A turn has asked for so much that it is done before the turn goes on. */
  private void settle(LoopThread current) {
    List<Runnable> asked = current.takeAsked();
    if (relay.compareAndSet(current.relay(), current.relay() + 1)) {
      current.endTurn();
      asked.forEach(EventLoop::guarded);
      current.beginTurn(relay.incrementAndGet());
    } else {
      post(() -> asked.forEach(EventLoop::guarded), 0);
    }
  }

  LoopStatistics.Counter statistics() {
    return statistics;
  }

  // For the watchdog.

  /** Changes with each turn that begins or ends; odd while one runs. */
  long relay() {
    return relay.get();
  }

  /** Who drives; null before the first one does. */
  @Nullable LoopThread driver() {
    return driver;
  }

  /** Lets another thread drive, if the turn of then still runs; whether it did. */
  boolean takeOver(long relayThen, LoopThread next) {
    LoopThread late = driver;
    if (late == null) {
      return false;
    }
    group.overstays(late); // before it can return
    if (!relay.compareAndSet(relayThen, relayThen + 1)) {
      group.hasReturned(late);
      return false;
    }
    statistics.takeover();
    next.drive(this);
    return true;
  }

  /** Ends when what is posted by now has run. */
  void close() {
    closed = true;
    post(() -> {}, 0);
  }

  /** Waits a moment until it has ended. */
  void awaitEnd() {
    try {
      boolean unused = ended.await(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // For the driver.

  /** Drives, from the beginning or from where a turn has been left behind. */
  void drive(LoopThread thread) {
    driver = thread;
    Turn late = running;
    if (late != null) {
      running = null;
      guarded(late::overstayed);
      endRound(); // the next turn may overstay as well, and so on
    }
    while (!closed) {
      if (!round(thread)) {
        return;
      }
    }
    end();
  }

  /** False if this thread does not drive any more. */
  private boolean round(LoopThread current) {
    try {
      select();
    } catch (IOException | RuntimeException e) {
      log.error("a loop could not look at its sockets", e);
    }
    return finishRound(current);
  }

  private boolean finishRound(LoopThread current) {
    // First what was posted: who has been let in by then hears what is read now.
    runPosted(POSTED_NANOS);
    serveSome();
    if (!runTurns(current)) {
      return false;
    }
    endRound();
    return true;
  }

  private void endRound() {
    slab.flush();
    dropLingering();
  }

  /**
   * Serves connections that are ready, and leaves the rest to the next round after a while: those
   * who join, and the rooms, do not wait until thousands have been read. Nor do the few connections
   * of one owner wait for the thousands of another.
   */
  private void serveSome() {
    int left = ready.size(); // who is ready once more has to wait for the next round
    if (left == 0) {
      return;
    }
    long until = System.nanoTime() + READS_NANOS;
    for (LoopMember next = ready.poll(); next != null; next = ready.poll()) {
      serve(next);
      if (--left == 0 || System.nanoTime() - until > 0) {
        return;
      }
    }
  }

  private void select() throws IOException {
    if (!ready.isEmpty() || !turns.isEmpty()) {
      selector.selectNow(this::isReady);
      return;
    }
    asleep.set(true);
    try {
      if (posted.isEmpty() && !closed) {
        selector.select(this::isReady, lingering.isEmpty() ? 0 : LINGER_LOOK_MILLIS);
      } else {
        selector.selectNow(this::isReady);
      }
    } finally {
      asleep.set(false);
    }
  }

  private void isReady(SelectionKey key) {
    LoopConnection connection = (LoopConnection) key.attachment();
    connection.isReadyFor(key.readyOps());
    list(connection);
  }

  private void list(LoopMember connection) {
    if (!connection.isListed) {
      connection.isListed = true;
      ready.add(connection.owner, connection);
    }
  }

  private static void serve(LoopMember connection) {
    connection.isListed = false;
    try {
      connection.serve();
    } catch (CancelledKeyException e) {
      connection.broken();
    } catch (Throwable e) { // of one connection; the others go on
      log.error("a connection failed", e);
      connection.broken();
    }
  }

  /** Does what was posted in its order; after a while the rest is for the next round. */
  private void runPosted(long mostNanos) {
    // What is posted meanwhile may wait for the next round.
    int left = postedCount.get();
    if (left == 0) {
      return;
    }
    long begin = System.nanoTime();
    for (; left > 0 && System.nanoTime() - begin < mostNanos; left--) {
      Posted next = posted.poll();
      if (next == null) {
        return; // it is counted before it is there
      }
      postedCount.decrementAndGet();
      postedBytes.addAndGet(-next.bytes());
      guarded(next.task());
    }
  }

  private boolean runTurns(LoopThread current) {
    Turn turn = turns.poll();
    if (turn == null) {
      return true;
    }
    group.watch();
    long until = System.nanoTime() + TURNS_NANOS;
    for (int left = TURNS_OF_ROUND; ; left--) {
      if (!run(turn, current)) {
        return false;
      }
      if (left <= 1 || turns.isEmpty() || System.nanoTime() - until > 0) {
        return true;
      }
      turn = turns.remove();
    }
  }

  /** Runs a turn; false if it took so long that another thread drives now. */
  private boolean run(Turn turn, LoopThread current) {
    running = turn;
    current.beginTurn(relay.incrementAndGet());
    try {
      turn.run();
    } catch (Throwable e) { // which it must not
      log.error("a turn failed", e);
    }
    Thread.interrupted(); // a socket that is touched by an interrupted thread is closed
    current.endTurn();
    List<Runnable> asked = current.takeAsked();
    if (relay.compareAndSet(current.relay(), current.relay() + 1)) {
      running = null;
      end(turn, asked);
      return true;
    }
    post(() -> end(turn, asked), 0);
    group.hasReturned(current);
    return false;
  }

  private void end(Turn turn, List<Runnable> asked) {
    statistics.turn();
    asked.forEach(EventLoop::guarded);
    guarded(turn::ended);
  }

  private static void guarded(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) { // a defect of ours; the loop goes on
      log.error("a task of a loop failed", e);
    }
  }

  // For its connections, which only the driver calls.

  Selector selector() {
    return selector;
  }

  Slab slab() {
    return slab;
  }

  /** What a socket is read into; empty, and only until the connection returns. */
  ByteBuffer input() {
    return input.clear();
  }

  /** A connection whose socket somebody else waits for is on this loop until it leaves. */
  void join(LoopMember connection) {
    others.add(connection);
  }

  void leave(LoopMember connection) {
    others.remove(connection);
  }

  /** A connection goes on in the next round: it has something to read or to write. */
  void goOnWith(LoopMember connection) {
    list(connection);
  }

  /** A connection has said all, and waits for the other end to hang up. */
  void linger(LoopMember connection) {
    lingering.add(connection);
  }

  private void dropLingering() {
    if (lingering.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    LoopMember first = lingering.peek();
    while (first != null && first.isGoneOrLate(now)) {
      lingering.remove();
      first.abort();
      first = lingering.peek();
    }
  }

  private void end() {
    runPosted(Long.MAX_VALUE);
    for (SelectionKey key : selector.keys()) {
      guarded(((LoopConnection) key.attachment())::broken);
    }
    for (LoopMember other : List.copyOf(others)) {
      guarded(other::broken);
    }
    try {
      selector.close();
    } catch (IOException e) {
      log.debug("a selector did not close cleanly", e);
    }
    ended.countDown();
  }
}
