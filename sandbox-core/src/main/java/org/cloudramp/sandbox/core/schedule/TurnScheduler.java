package org.cloudramp.sandbox.core.schedule;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.RoomLoop;
import org.cloudramp.sandbox.core.pause.Pauses;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where turns run: on a loop as long as those of their service are short, and otherwise on workers.
 * Thread-safe.
 *
 * <ol>
 *   <li>The turns of one {@link Line} run one at a time, wherever they run; whoever has the line
 *       hands in the next when the one before it has ended.
 *   <li>A service begins on workers. When its turns have shown that they take less time than it
 *       costs to hand them to a worker, they run on loops; when they take longer, they go back.
 *   <li>A service that has overstayed its time on a loop runs on workers until that turn has ended,
 *       and for a while: see {@link Strikes}.
 *   <li>On a loop, the next turn is one of the service that has had the least time there; what it
 *       has had is charged to it on the workers too.
 * </ol>
 */
public final class TurnScheduler {
  private static final Logger log = LoggerFactory.getLogger(TurnScheduler.class);

  /** Services are remembered for so long after their last room has come into being. */
  private static final Duration REMEMBERED = Duration.ofMinutes(10);

  private static final int MAX_REMEMBERED = 10_000;

  private final ServiceScheduler workers;
  private final LongSupplier ticker;
  private final Pauses pauses;
  private final Map<RoomLoop, LoopTurns> loops = new ConcurrentHashMap<>();

  /** Does its own work where it is asked: to wake a thread for it costs as much as a hook. */
  private final Cache<ServiceId, Standing> standings =
      Caffeine.newBuilder()
          .expireAfterAccess(REMEMBERED)
          .maximumSize(MAX_REMEMBERED)
          .executor(Runnable::run)
          .build();

  /** How a service has fared with its turns. Thread-safe; what is lost in a race is no matter. */
  private static final class Standing {
    final ServiceId service;
    final TurnTime time = new TurnTime();
    final Strikes strikes = new Strikes();

    /** Turns that have not returned, though their loops have gone on. */
    final AtomicInteger leftBehind = new AtomicInteger();

    Standing(ServiceId service) {
      this.service = service;
    }
  }

  /**
   * A scheduler without turns.
   *
   * @param workers for all that does not run on loops
   * @param ticker nanoseconds, as {@link System#nanoTime}
   * @param pauses of the process, by that ticker
   */
  public TurnScheduler(ServiceScheduler workers, LongSupplier ticker, Pauses pauses) {
    this.workers = workers;
    this.ticker = ticker;
    this.pauses = pauses;
  }

  /**
   * A line of turns.
   *
   * @param loop where they may run; null for workers only
   */
  public Line line(ServiceId service, @Nullable RoomLoop loop) {
    return loop == null
        ? new WorkerLine(service)
        : new LoopLine(
            standings.get(service, Standing::new),
            loops.computeIfAbsent(loop, l -> new LoopTurns(l, workers)));
  }

  /** Turns of one service, of which one runs at a time. */
  public interface Line {
    /** Runs a turn when it is its service's turn. */
    void execute(Runnable turn);

    /** As {@link #execute}, for a turn that has nothing more to do itself. */
    void executeLast(Runnable turn);

    /**
     * Runs a turn at once, on the calling thread, which is no worker and no loop: see {@link
     * ServiceScheduler#runOnCaller}.
     */
    void runOnCaller(Runnable turn);

    /**
     * Runs something when all is on its way that the turn has asked for which runs now; for that
     * turn, and its last word. On a worker, that is at once.
     */
    void whenOnItsWay(Runnable next);
  }

  /** For an embedder without loops: nobody asks how long its turns take. */
  private final class WorkerLine implements Line {
    private final ServiceId service;

    WorkerLine(ServiceId service) {
      this.service = service;
    }

    @Override
    public void execute(Runnable turn) {
      workers.execute(service, turn);
    }

    @Override
    public void executeLast(Runnable turn) {
      workers.executeLast(service, turn);
    }

    @Override
    public void runOnCaller(Runnable turn) {
      workers.runOnCaller(service, turn);
    }

    @Override
    public void whenOnItsWay(Runnable next) {
      next.run();
    }
  }

  private final class LoopLine implements Line {
    private final Standing standing;
    private final LoopTurns loop;

    /** The turn on the loop that began last. */
    private final AtomicReference<@Nullable Turn> running = new AtomicReference<>();

    LoopLine(Standing standing, LoopTurns loop) {
      this.standing = standing;
      this.loop = loop;
    }

    @Override
    public void execute(Runnable turn) {
      if (isForLoop()) {
        loop.add(new Turn(this, loop, turn));
      } else {
        workers.execute(standing.service, () -> runOnWorker(turn));
      }
    }

    @Override
    public void executeLast(Runnable turn) {
      if (isForLoop()) {
        loop.add(new Turn(this, loop, turn));
      } else {
        workers.executeLast(standing.service, () -> runOnWorker(turn));
      }
    }

    @Override
    public void runOnCaller(Runnable turn) {
      workers.runOnCaller(standing.service, turn);
    }

    @Override
    public void whenOnItsWay(Runnable next) {
      Turn turn = running.get();
      if (turn != null && turn.thread == Thread.currentThread()) {
        turn.next = next;
      } else {
        next.run();
      }
    }

    /** A service whose turn still overstays does not get to try it in its other rooms. */
    private boolean isForLoop() {
      return standing.time.isShort()
          && loop.isOpen()
          && standing.leftBehind.get() == 0
          && !standing.strikes.isOut(ticker);
    }

    /** What turns take on workers shows whether they may run on a loop. */
    private void runOnWorker(Runnable turn) {
      long begin = ticker.getAsLong();
      long before = pauses.before(begin);
      try {
        turn.run();
      } finally {
        standing.time.add(pauses.without(begin, before, ticker.getAsLong()));
      }
    }
  }

  /** A turn on a loop. */
  final class Turn implements RoomLoop.Turn {
    private final LoopLine line;
    private final LoopTurns loop;
    private final Runnable work;
    private @Nullable Runnable next;
    private long elapsed;

    /** Which one it runs on: the turn after it may have begun elsewhere before it returns. */
    private @Nullable Thread thread;

    /** Whether the loop has gone on without it; for the loop. */
    private boolean isLate;

    private Turn(LoopLine line, LoopTurns loop, Runnable work) {
      this.line = line;
      this.loop = loop;
      this.work = work;
    }

    ServiceId service() {
      return line.standing.service;
    }

    boolean isLate() {
      return isLate;
    }

    /** Not on the loop, but on a worker. */
    void moveToWorkers() {
      workers.execute(service(), () -> line.runOnWorker(work));
    }

    @Override
    public void run() {
      thread = Thread.currentThread();
      line.running.set(this);
      long begin = ticker.getAsLong();
      long before = pauses.before(begin);
      try {
        work.run();
      } catch (Throwable e) { // a defect of ours; turns guard what is foreign to them
        log.error("a turn of service '{}' failed", service(), e);
      } finally {
        elapsed = pauses.without(begin, before, ticker.getAsLong());
        line.running.compareAndSet(this, null);
      }
    }

    @Override
    public void overstayed() {
      isLate = true;
      line.standing.leftBehind.incrementAndGet();
      line.standing.strikes.add(ticker.getAsLong());
      line.standing.time.overstayed();
      workers.leftBehind(service());
      loop.goOnWithout(this);
    }

    @Override
    public void ended() {
      line.standing.time.add(elapsed);
      if (isLate) {
        line.standing.leftBehind.decrementAndGet();
        workers.returned(service());
      }
      Runnable last = next;
      try {
        if (last != null) {
          last.run();
        }
      } catch (Throwable e) { // a defect of ours; the loop goes on with the next
        log.error("after a turn of service '{}' its line could not go on", service(), e);
      } finally {
        loop.ended(this, elapsed);
      }
    }
  }
}
