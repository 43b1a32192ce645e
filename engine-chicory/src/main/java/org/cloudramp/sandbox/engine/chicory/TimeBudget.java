package org.cloudramp.sandbox.engine.chicory;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The time budget of the calls into one instance, and the handshake by which the watchdog may
 * interrupt the thread of a call and of nothing else.
 *
 * <p>One word says it all: the deadline, with the phase of the call in its lowest bits. Both
 * threads change it by compare-and-set only, so a watchdog that looked at an earlier call fails to
 * stop a later one, and:
 *
 * <ol>
 *   <li>The watchdog interrupts only between {@code STOPPING} and {@code STOPPED}, and a call does
 *       not return in between. So no interrupt of ours ever reaches a thread that has left.
 *   <li>In phase {@code HOST} it does not interrupt: a host function may be in the middle of a
 *       write to a file or a socket that an interrupt would close. The guest is stopped when it
 *       returns.
 *   <li>The interrupt flag is cleared when the call ends if it was set by the watchdog, and set if
 *       it was set by anybody else.
 * </ol>
 */
final class TimeBudget {
  private static final int PHASES = 0b111;

  /** No call. The whole word is 0. */
  private static final int IDLE = 0;

  /** A call begins: its thread writes the other fields. */
  private static final int CLAIMED = 1;

  /** Code of the guest runs. */
  private static final int GUEST = 2;

  /** A host function runs. */
  private static final int HOST = 3;

  /** The time was up while a host function ran, and has been since. */
  private static final int OVERDUE = 4;

  /** The watchdog interrupts the thread. */
  private static final int STOPPING = 5;

  /** The watchdog has interrupted the thread. */
  private static final int STOPPED = 6;

  private static final VarHandle WORD;

  static {
    try {
      WORD = MethodHandles.lookup().findVarHandle(TimeBudget.class, "word", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Watchdog watchdog;

  @SuppressWarnings("unused") // WORD is how it is used
  private volatile long word;

  /** Whose instance is closed; the watchdog forgets it when it is idle. */
  private volatile boolean closed;

  // Written by the thread of the call, and by the watchdog between STOPPING and STOPPED.
  private long deadline;
  private @Nullable Thread thread;
  private boolean interruptedByOthers;

  TimeBudget(Watchdog watchdog) {
    this.watchdog = watchdog;
    watchdog.watch(this);
  }

  /**
   * Begins a call on the current thread.
   *
   * @throws IllegalArgumentException if the budget is not positive
   * @throws IllegalStateException if a call runs already, or the engine is closed
   */
  void begin(Duration budget) {
    long nanos = nanos(budget);
    if (!WORD.compareAndSet(this, (long) IDLE, (long) CLAIMED)) {
      throw new IllegalStateException("the instance is in the middle of another call");
    }
    thread = Thread.currentThread();
    interruptedByOthers = Thread.interrupted();
    deadline = (System.nanoTime() + nanos) & ~PHASES;
    WORD.setVolatile(this, deadline | GUEST);
    if (!watchdog.isAwake(nanos)) {
      end();
      throw new IllegalStateException("the engine is closed");
    }
  }

  /**
   * The guest calls its host.
   *
   * @throws ChicoryInterruptedException if the time is up
   */
  void enterHost() {
    if (!WORD.compareAndSet(this, deadline | GUEST, deadline | HOST)) {
      throw timeIsUp();
    }
  }

  /** The host function returns or throws. */
  void leaveHost() {
    if (Thread.interrupted()) {
      // Not by the watchdog. It must not stop the guest, whose fault it is not.
      interruptedByOthers = true;
    }
    WORD.compareAndSet(this, deadline | HOST, deadline | GUEST);
  }

  /**
   * The guest goes on after a host function.
   *
   * @throws ChicoryInterruptedException if the time is up
   */
  void resumeGuest() {
    if (phase() == OVERDUE) {
      throw timeIsUp();
    }
  }

  private static ChicoryInterruptedException timeIsUp() {
    return new ChicoryInterruptedException("the time is up");
  }

  /**
   * Ends the call.
   *
   * @return whether it had used up its budget
   */
  boolean end() {
    boolean inTime = WORD.compareAndSet(this, deadline | GUEST, (long) IDLE);
    if (!inTime) {
      while (phase() == STOPPING) {
        Thread.onSpinWait();
      }
      if (phase() == STOPPED) {
        Thread.interrupted();
      }
      thread = null;
      WORD.setVolatile(this, (long) IDLE);
    }
    if (interruptedByOthers) {
      Thread.currentThread().interrupt();
    }
    return !inTime;
  }

  /** For the watchdog: stops the call if its time is up. Returns whether there is a call. */
  boolean check(long now) {
    long seen = word;
    int phase = (int) seen & PHASES;
    if (phase == IDLE) {
      return false;
    }
    boolean late = now - (seen & ~PHASES) >= 0;
    if (late && phase == HOST) {
      WORD.compareAndSet(this, seen, (seen & ~PHASES) | OVERDUE);
    } else if (late
        && phase == GUEST
        && WORD.compareAndSet(this, seen, (seen & ~PHASES) | STOPPING)) {
      Thread guest = thread;
      if (guest != null) {
        interruptedByOthers |= guest.isInterrupted();
        guest.interrupt();
      }
      WORD.setVolatile(this, (seen & ~PHASES) | STOPPED);
    }
    return true;
  }

  /** Asks the watchdog to forget this budget as soon as no call runs. */
  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  private int phase() {
    return (int) word & PHASES;
  }

  private static long nanos(Duration budget) {
    if (budget.isNegative() || budget.isZero()) {
      throw new IllegalArgumentException("a budget of " + budget + " is not positive");
    }
    // A quarter of what fits, so that differences of deadlines do not overflow: 73 years.
    long most = Long.MAX_VALUE / 4;
    return budget.toSeconds() < most / 1_000_000_000 ? budget.toNanos() : most;
  }
}
