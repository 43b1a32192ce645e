package org.cloudramp.sandbox.core.schedule;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.pause.Pauses;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shares some threads among services. Thread-safe.
 *
 * <ol>
 *   <li>The next task is one of the service that has had the least time on the threads so far; a
 *       service that comes back after a pause counts as having had as much as the least of those
 *       that wait, and is a little ahead of them if it has used little lately and is known.
 *   <li>Tasks of one service begin in the order in which they came, and no more than {@code lanes}
 *       of them run at a time.
 *   <li>Services that have used much time lately leave some threads to the others, so that a
 *       service which asks for little does not wait until a slow task ends.
 *   <li>A service is known when many of its tasks have been short, and few were not. There are a
 *       few threads more for those alone: twenty services may be new, or begin to be slow at once,
 *       and then hold all the others for as long as a task may take.
 *   <li>A turn that its loop has left behind counts as one that runs here.
 *   <li>A task that throws ends alone; the thread goes on.
 *   <li>A task that runs on a thread of its caller's takes no turn from anybody. Its time counts as
 *       its service's, which then has less of the shared threads, for half a second at most.
 * </ol>
 *
 * What counts is how long a task holds a thread, waiting included: threads are what is scarce. Time
 * in which the whole process stood still does not count: collections of what others hold would make
 * a slow service of a quick one.
 */
public final class ServiceScheduler {
  private static final Logger log = LoggerFactory.getLogger(ServiceScheduler.class);

  /** A service that owes more than this has used much time lately. */
  private static final long HEAVY_NANOS = TimeUnit.MILLISECONDS.toNanos(40);

  /** No service owes more than this, so that it is forgiven within ten seconds. */
  private static final long MAX_OWED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** A task that has held its thread for longer was not short; the machine may have been busy. */
  private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** A service is known with so many short tasks; a long one halves what it has, up to the most. */
  private static final int KNOWN_TASKS = 32;

  private static final int MOST_KNOWN_TASKS = 512;

  /** A known service that comes back and owes nothing is so far ahead of those that are new. */
  private static final long AHEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** What a service owes is forgiven at this part of the time that passes. */
  private static final int FORGIVEN_PART = 20;

  /** So many services are remembered while they are idle and still ahead of the others. */
  private static final int MAX_REMEMBERED = 10_000;

  private static final int TURNS_BETWEEN_SWEEPS = 1_024;

  private static final Comparator<Turns> LEAST_SERVED_FIRST =
      Comparator.<Turns>comparingLong(turns -> turns.served)
          .thenComparingLong(turns -> turns.number);

  /** How a service stands that has tasks. */
  private enum Kind {
    /** Its tasks are short as a rule. */
    KNOWN,
    /** Not enough of them were seen. */
    NEW,
    /** It has used much time lately. */
    HEAVY
  }

  private final Executor threads;
  private final int maxThreads;
  private final int maxUnknown;
  private final int maxHeavy;
  private final int lanes;
  private final LongSupplier ticker;
  private final Pauses pauses;

  // All below is guarded by the lock.
  private final Object lock = new Object();
  private final Map<ServiceId, Turns> services = new HashMap<>();
  private final Map<Kind, PriorityQueue<Turns>> listed = new EnumMap<>(Kind.class);

  /** What the service that was picked last had been served, or one before it if that was more. */
  private long floor;

  private int active;
  private int unknownRunning;
  private int heavyRunning;
  private long made;
  private int turnsEnded;

  /** The tasks of one service and what it has had. Guarded by the lock. */
  private static final class Turns {
    final ServiceId service;
    final long number;
    final ArrayDeque<Runnable> waiting = new ArrayDeque<>(4);

    /** Nanoseconds on the threads; comparable among services. */
    long served;

    /** Nanoseconds used lately and not forgiven yet. */
    long owed;

    long owedSince;

    /** How many of its tasks were short, of late. */
    int shortTasks;

    int running;

    /** As what it is listed while it can be picked. */
    @Nullable Kind listedAs;

    Turns(ServiceId service, long number) {
      this.service = service;
      this.number = number;
    }

    boolean isKnown() {
      return shortTasks >= KNOWN_TASKS;
    }

    Kind kind() {
      if (owed > HEAVY_NANOS) {
        return Kind.HEAVY;
      }
      return isKnown() ? Kind.KNOWN : Kind.NEW;
    }
  }

  /** A task that was picked, and what is needed when it has ended. */
  private record Turn(Turns of, Runnable task, Kind as) {}

  /**
   * A scheduler without tasks.
   *
   * @param threads runs as many long-lived loops at a time as tasks may run
   * @param maxTasks how many tasks run at a time
   * @param forKnown how many more of services that are known
   * @param lanes how many of one service
   * @param ticker nanoseconds, as {@link System#nanoTime}
   * @param pauses of the process, by that ticker
   */
  public ServiceScheduler(
      Executor threads, int maxTasks, int forKnown, int lanes, LongSupplier ticker, Pauses pauses) {
    this.threads = threads;
    this.maxThreads = maxTasks + forKnown;
    this.maxUnknown = maxTasks;
    this.maxHeavy = maxTasks == 1 ? 1 : maxTasks - Math.max(1, maxTasks / 4);
    this.lanes = lanes;
    this.ticker = ticker;
    this.pauses = pauses;
    for (Kind kind : Kind.values()) {
      listed.put(kind, new PriorityQueue<>(LEAST_SERVED_FIRST));
    }
  }

  /** Runs a task of the service when it is its turn. */
  public void execute(ServiceId service, Runnable task) {
    if (add(service, task)) {
      startThread();
    }
  }

  /**
   * As {@link #execute}, for a task that has nothing more to do itself: the thread it runs on picks
   * what is next, and no other thread is woken for it.
   */
  public void executeLast(ServiceId service, Runnable task) {
    boolean nobodyRuns;
    synchronized (lock) {
      enqueue(service, task);
      nobodyRuns = active == 0 && claimThread(); // the caller was no task of ours
    }
    if (nobodyRuns) {
      startThread();
    }
  }

  /**
   * Runs a task at once, on the calling thread, which is none of those that are shared. What it
   * throws is thrown.
   */
  public void runOnCaller(ServiceId service, Runnable task) {
    long begin = ticker.getAsLong();
    long before = pauses.before(begin);
    try {
      task.run();
    } finally {
      long end = ticker.getAsLong();
      charge(service, pauses.without(begin, before, end), end);
    }
  }

  /** Counts time that a service has just had elsewhere as if it had had it here. */
  public void charge(ServiceId service, long nanos) {
    charge(service, nanos, ticker.getAsLong());
  }

  private void charge(ServiceId service, long elapsed, long end) {
    synchronized (lock) {
      Turns turns = turns(service);
      unlist(turns);
      // The floor rises by what is picked here. Without a bound, a service that ran elsewhere for
      // an hour would have to let the others have an hour.
      long most = Math.max(turns.served, floor + MAX_OWED_NANOS);
      count(turns, elapsed, end);
      turns.served = Math.min(turns.served, most);
      list(turns);
      sweepNowAndThen();
    }
  }

  /**
   * A turn of the service was left behind by its loop, and still runs, on a thread of its own.
   * Until it {@linkplain #returned returns} it counts as a task that runs here, of a service that
   * has used much time lately: or else twenty services that begin to be slow at once would have a
   * thread each, and nobody else would get a processor.
   */
  public void leftBehind(ServiceId service) {
    synchronized (lock) {
      Turns turns = turns(service);
      unlist(turns);
      turns.running++;
      countRunning(Kind.HEAVY, 1);
      list(turns);
    }
  }

  /** A turn that was left behind has returned. */
  public void returned(ServiceId service) {
    boolean wake;
    synchronized (lock) {
      Turns turns = turns(service);
      unlist(turns);
      turns.running--;
      countRunning(Kind.HEAVY, -1);
      list(turns);
      wake = claimThread();
    }
    if (wake) {
      startThread();
    }
  }

  /** How many services have tasks that wait or run, or are remembered for what they have had. */
  int remembered() {
    synchronized (lock) {
      return services.size();
    }
  }

  private boolean add(ServiceId service, Runnable task) {
    synchronized (lock) {
      enqueue(service, task);
      return claimThread();
    }
  }

  private void enqueue(ServiceId service, Runnable task) {
    Turns turns = turns(service);
    turns.waiting.add(task);
    list(turns);
  }

  /**
   * Those of a service. One that comes back has had as much as whoever waits, and what it still
   * owes, less a little if it is known: so who asks for little goes before twenty who are new and
   * whose first tasks, long or short, nobody has counted yet. Had it had more before, that is
   * forgotten: the floor stands still while all run elsewhere, and what a service has had there
   * would add up for ever.
   */
  private Turns turns(ServiceId service) {
    Turns turns = services.get(service);
    if (turns == null) {
      turns = new Turns(service, made++);
      turns.served = floor;
      turns.owedSince = ticker.getAsLong();
      services.put(service, turns);
    } else if (turns.running == 0 && turns.waiting.isEmpty()) {
      long owed = Math.max(0, turns.owed - forgiven(turns, ticker.getAsLong()));
      long ahead = turns.isKnown() ? AHEAD_NANOS : 0;
      turns.served = Math.max(floor - ahead, Math.min(turns.served, floor + owed - ahead));
    }
    return turns;
  }

  /** Whether one more thread has something to pick, and may run. */
  private boolean claimThread() {
    if (active >= maxThreads || first() == null) {
      return false;
    }
    active++;
    return true;
  }

  private void startThread() {
    try {
      threads.execute(this::work);
    } catch (RejectedExecutionException e) { // they have ended, and what is left ends with them
      notStarted();
      log.debug("a task came when the threads had ended", e);
    } catch (Throwable e) { // no thread can be made now: those that run will get to the task
      notStarted();
      log.error("no thread could be started; tasks wait for those that run", e);
    }
  }

  private void notStarted() {
    synchronized (lock) {
      active--;
    }
  }

  /** Takes a service off its list: it is sorted by what changes now. */
  private void unlist(Turns turns) {
    if (turns.listedAs != null) {
      of(turns.listedAs).remove(turns);
      turns.listedAs = null;
    }
  }

  private PriorityQueue<Turns> of(Kind kind) {
    return Objects.requireNonNull(listed.get(kind));
  }

  /** Lists a service that has a task and a lane for it. */
  private void list(Turns turns) {
    if (turns.listedAs == null && !turns.waiting.isEmpty() && turns.running < lanes) {
      turns.listedAs = turns.kind();
      of(turns.listedAs).add(turns);
    }
  }

  private void work() {
    long begin = ticker.getAsLong();
    Turn turn = pick(null, 0, begin);
    while (turn != null) {
      long before = pauses.before(begin);
      try {
        turn.task().run();
      } catch (Throwable e) { // a defect of ours; tasks guard what is foreign to them
        log.error("a task of service '{}' failed", turn.of().service, e);
      }
      long end = ticker.getAsLong();
      turn = pick(turn, pauses.without(begin, before, end), end);
      begin = end;
    }
  }

  /** Ends one turn, if there was one, and gives the next; null ends the thread's loop. */
  private @Nullable Turn pick(@Nullable Turn ended, long elapsed, long end) {
    boolean wake;
    Turn next;
    synchronized (lock) {
      if (ended != null) {
        end(ended, elapsed, end);
      }
      next = next();
      if (next == null) {
        active--;
        return null;
      }
      wake = claimThread();
    }
    if (wake) {
      startThread();
    }
    return next;
  }

  private void end(Turn ended, long elapsed, long end) {
    Turns turns = ended.of();
    unlist(turns);
    turns.running--;
    count(turns, elapsed, end);
    countRunning(ended.as(), -1);
    list(turns);
    sweepNowAndThen();
  }

  /** The service has had so much time, until {@code end}. */
  private static void count(Turns turns, long elapsed, long end) {
    turns.served += elapsed;
    turns.owed = Math.min(MAX_OWED_NANOS, Math.max(0, turns.owed - forgiven(turns, end)) + elapsed);
    turns.owedSince = end;
    turns.shortTasks =
        elapsed > LONG_NANOS
            ? turns.shortTasks / 2
            : Math.min(MOST_KNOWN_TASKS, turns.shortTasks + 1);
  }

  private void countRunning(Kind as, int change) {
    unknownRunning += as == Kind.KNOWN ? 0 : change;
    heavyRunning += as == Kind.HEAVY ? change : 0;
  }

  private static long forgiven(Turns turns, long now) {
    return (now - turns.owedSince) / FORGIVEN_PART;
  }

  private void sweepNowAndThen() {
    if (++turnsEnded % TURNS_BETWEEN_SWEEPS == 0) {
      sweep();
    }
  }

  private @Nullable Turn next() {
    Turns first = first();
    Kind as = first == null ? null : first.listedAs;
    if (first == null || as == null) {
      return null;
    }
    unlist(first);
    floor = Math.max(floor, first.served);
    Runnable task = first.waiting.remove();
    first.running++;
    countRunning(as, 1);
    list(first);
    return new Turn(first, task, as);
  }

  /** The one that is next, of those of whom one more may run. */
  private @Nullable Turns first() {
    Turns first = of(Kind.KNOWN).peek();
    if (unknownRunning < maxUnknown) {
      first = lessServed(first, of(Kind.NEW).peek());
      if (heavyRunning < maxHeavy) {
        first = lessServed(first, of(Kind.HEAVY).peek());
      }
    }
    return first;
  }

  private static @Nullable Turns lessServed(@Nullable Turns one, @Nullable Turns other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return LEAST_SERVED_FIRST.compare(other, one) < 0 ? other : one;
  }

  /**
   * Forgets services that are idle, have nothing to their debit, and are not known; of too many all
   * that are not known, for strangers ask for services that do not exist by as many names as they
   * like, and those that are known only if that is not enough.
   */
  private void sweep() {
    long now = ticker.getAsLong();
    boolean tooMany = services.size() > MAX_REMEMBERED;
    forget(
        turns ->
            !turns.isKnown()
                && (tooMany || (turns.served <= floor && turns.owed <= forgiven(turns, now))));
    if (services.size() > MAX_REMEMBERED) {
      forget(turns -> true);
    }
  }

  private void forget(Predicate<Turns> which) {
    services
        .values()
        .removeIf(turns -> turns.running == 0 && turns.waiting.isEmpty() && which.test(turns));
  }
}
