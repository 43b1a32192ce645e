package org.cloudramp.sandbox.core.room;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.Submission;
import org.cloudramp.sandbox.core.run.HookRun;
import org.cloudramp.sandbox.core.schedule.TurnScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rooms of this server, and the way into them. Thread-safe.
 *
 * <ol>
 *   <li>In one room, one task runs at a time, in the order in which they came.
 *   <li>Rooms take turns: after each hook a room goes to the end of its service's line, and
 *       services share the threads fairly.
 *   <li>A task that finds no place waits for one as long as its patience lasts, and nobody
 *       overtakes it; one without patience is refused at once.
 *   <li>What has a place runs, whatever goes wrong with the tasks before it.
 *   <li>A leave whose hook could not run, because its version rests or cannot be loaded, is due: it
 *       runs before the next hook of its room, and is tried now and then until it has run. Due
 *       leaves are kept by this server only.
 *   <li>A room without tasks takes no memory, unless its guest keeps some.
 * </ol>
 *
 * How much waits for a place is bounded by those who submit: a patient caller hands in its next
 * call when the one before it has a place.
 */
public final class RoomScheduler {
  private static final Logger log = LoggerFactory.getLogger(RoomScheduler.class);

  private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

  private final ConcurrentHashMap<RoomAddress, Room> rooms = new ConcurrentHashMap<>();
  private final HookRun.Environment environment;
  private final Function<ServiceId, Limits> limits;
  private final Function<RoomAddress, TurnScheduler.Line> turns;
  private final ScheduledExecutorService timer;
  private final DueLeaves dueLeaves;
  private final Consumer<Room> whenMemoryIsGone = this::removeIfUnused;
  private final Start onWorker = this::begin;
  private final Start onCaller = this::beginHere;
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private volatile boolean closed;

  /** Whether the time that there is for closing is over. */
  private volatile boolean outOfTime;

  /**
   * A scheduler without rooms.
   *
   * @param environment what every hook needs
   * @param turns where the tasks of a room run
   * @param timer ends the patience of those who wait
   */
  public RoomScheduler(
      HookRun.Environment environment,
      Function<RoomAddress, TurnScheduler.Line> turns,
      ScheduledExecutorService timer) {
    this.environment = environment;
    this.limits = environment.limits();
    this.turns = turns;
    this.timer = timer;
    this.dueLeaves = new DueLeaves(timer, this::makeUp);
  }

  /**
   * Hands a call in.
   *
   * @param patience how long it waits for a place; zero for not at all
   */
  public Submission submit(HookCall call, Duration patience, Submission.Listener listener) {
    return submit(call, patience, listener, onWorker);
  }

  /** As {@link #submit}, and a call that finds its room idle runs on the calling thread. */
  public Submission runOrSubmit(HookCall call, Duration patience, Submission.Listener listener) {
    return submit(call, patience, listener, onCaller);
  }

  private Submission submit(
      HookCall call, Duration patience, Submission.Listener listener, Start start) {
    int size = sizeOf(call);
    if (size > 0) {
      int most = limits.apply(call.service()).messageBytes();
      if (size > most) {
        listener.notRun(
            new RefusedException(
                RefusedException.Kind.TOO_LARGE,
                "service '%s', room '%s': %s of %d bytes was refused; limits.messageBytes allows %d"
                    .formatted(
                        call.service(),
                        call.room(),
                        call instanceof HookCall.Message ? "a message" : "the body of a request",
                        size,
                        most)));
        return () -> false;
      }
    }
    return add(call.address(), new CallTask(call, listener), patience, call.hook().export(), start);
  }

  /** Bytes of what somebody outside has sent. */
  private static int sizeOf(HookCall call) {
    if (call instanceof HookCall.Message message) {
      return message.payload().bytes().size();
    }
    return call instanceof HookCall.Request request ? request.body().size() : 0;
  }

  /**
   * Runs a task of the host's in the order of a room.
   *
   * @return completes when it has run; exceptionally with what it threw or why it was refused
   */
  public CompletableFuture<Void> run(RoomAddress address, Runnable task) {
    return runToItsEnd(
        address,
        () -> {
          task.run();
          return DONE;
        });
  }

  /**
   * As {@link #run}, for a task that goes on when it has returned: the room goes on when its stage
   * has completed, which must be within a bounded time.
   */
  public <T> CompletableFuture<T> runToItsEnd(
      RoomAddress address, Supplier<CompletableFuture<T>> task) {
    HostTask<T> hostTask = new HostTask<>(task);
    Submission unused = add(address, hostTask, Duration.ZERO, "a task of the host", onWorker);
    return hostTask.ran;
  }

  /** How a task begins that finds its room idle. */
  @FunctionalInterface
  private interface Start {
    void begin(Room room, RoomTask task);
  }

  private Submission add(
      RoomAddress address, RoomTask task, Duration patience, String what, Start start) {
    boolean isPatient = !patience.isZero();
    while (!closed) {
      Room room = room(address);
      switch (room.add(task, isPatient)) {
        case RUNS -> {
          task.tellOfPlace();
          start.begin(room, task);
          return () -> false;
        }
        case HAS_PLACE -> {
          task.tellOfPlace();
          return () -> false;
        }
        case WAITS -> {
          return waitForPlace(room, task, patience, what);
        }
        case REFUSED -> {
          task.refused(full(address, what, ""));
          return () -> false;
        }
        case RETIRED -> rooms.remove(address, room);
      }
    }
    task.refused(closed(address, what));
    return () -> false;
  }

  private Room room(RoomAddress address) {
    Room known = rooms.get(address);
    if (known == null) {
      int capacity = limits.apply(address.service()).queueLength();
      Room made = new Room(address, capacity, turns.apply(address), whenMemoryIsGone);
      known = rooms.putIfAbsent(address, made);
      return known == null ? made : known;
    }
    return known;
  }

  private Submission waitForPlace(Room room, RoomTask task, Duration patience, String what) {
    if (closed && room.remove(task)) { // it came in while the others were refused
      task.refused(closed(room.address(), what));
      return () -> false;
    }
    if (patience.compareTo(Submission.FOREVER) < 0) {
      task.waitsUntil(
          timer.schedule(
              () -> {
                if (room.remove(task)) {
                  task.refused(
                      full(room.address(), what, " for %d ms".formatted(patience.toMillis())));
                }
              },
              patience.toNanos(),
              TimeUnit.NANOSECONDS));
    }
    return () -> {
      boolean withdrawn = room.remove(task);
      if (withdrawn) {
        task.endPatience();
      }
      return withdrawn;
    };
  }

  private RefusedException full(RoomAddress address, String what, String duration) {
    return new RefusedException(
        RefusedException.Kind.QUEUE_FULL,
        "service '%s', room '%s': %s was refused because %d calls are waiting%s (limits.queueLength)"
            .formatted(
                address.service(),
                address.room(),
                what,
                limits.apply(address.service()).queueLength(),
                duration));
  }

  private static RefusedException closed(RoomAddress address, String what) {
    return new RefusedException(
        RefusedException.Kind.CLOSED,
        "service '%s', room '%s': %s was refused because the sandbox is closed"
            .formatted(address.service(), address.room(), what));
  }

  private void begin(Room room, RoomTask task) {
    room.turns().execute(new TaskTurn(room, task));
  }

  /**
   * Begins a task on the calling thread, which is somebody else's and does nothing but this task:
   * leaves that are due go before it on a thread for guests, and so does what comes after it.
   */
  private void beginHere(Room room, RoomTask task) {
    if (task.comesAfterDueLeaves() && room.firstDue() != null) {
      begin(room, task);
    } else {
      task.beginsOnCaller();
      room.turns().runOnCaller(new TaskTurn(room, task));
    }
  }

  /** A task whose turn it is in its room. */
  private final class TaskTurn implements HookRun.Turn, Runnable {
    private final Room room;
    private final RoomTask task;

    TaskTurn(Room room, RoomTask task) {
      this.room = room;
      this.task = task;
    }

    @Override
    public void run() {
      if (outOfTime) {
        task.refused(closed(room.address(), "a call"));
        end();
        return;
      }
      task.tellOfPlace();
      HookCall.Leave due = task.comesAfterDueLeaves() ? room.firstDue() : null;
      if (due != null) {
        makeUp(room, due, this);
        return;
      }
      try {
        task.begin(room, this);
      } catch (Throwable e) { // a defect of ours, or no memory to begin with: the room goes on
        log.error("a task of room {} could not begin", room.address(), e);
        task.refused(new HostException("a task of room " + room.address() + " could not begin", e));
        end();
      }
    }

    @Override
    public void goOn(Runnable rest) {
      room.turns().execute(rest);
    }

    @Override
    public void follow(Runnable next) {
      room.turns().whenOnItsWay(() -> execute(room, next));
    }

    /** A thread that was lent runs one hook, and no others behind it. */
    @Override
    public @Nullable HookRun takeNext(Predicate<HookCall> wanted) {
      if (outOfTime || task.hasBegunOnCaller()) {
        return null;
      }
      RoomTask taken =
          room.takeNext(each -> each instanceof CallTask next && wanted.test(next.call));
      if (!(taken instanceof CallTask next)) {
        return null;
      }
      next.tellOfPlace();
      try {
        return next.run(room, new TakenTurn(this, next));
      } catch (Throwable e) { // a defect of ours, or no memory: as in run
        log.error("a task of room {} could not begin", room.address(), e);
        next.refused(new HostException("a task of room " + room.address() + " could not begin", e));
        boolean unused = next.end();
        return null;
      }
    }

    @Override
    public int mostTogether() {
      return room.mostTogether();
    }

    @Override
    public void committed(int hooks) {
      room.committed(hooks);
    }

    @Override
    public void conflicted() {
      room.conflicted();
    }

    @Override
    public void end() {
      ended(room, task);
    }
  }

  /** A part of the turn of a task: that goes on for it, and it takes no other task along. */
  private abstract static class PartOfTurn implements HookRun.Turn {
    final TaskTurn whole;

    PartOfTurn(TaskTurn whole) {
      this.whole = whole;
    }

    @Override
    public final void goOn(Runnable rest) {
      whole.goOn(rest);
    }

    @Override
    public final void follow(Runnable next) {
      whole.follow(next);
    }

    @Override
    public final @Nullable HookRun takeNext(Predicate<HookCall> wanted) {
      return null;
    }

    @Override
    public final int mostTogether() {
      return 1;
    }

    @Override
    public final void committed(int hooks) {
      whole.committed(hooks);
    }

    @Override
    public final void conflicted() {
      whole.conflicted();
    }
  }

  /** That of a task which another has taken along, and which takes the next. */
  private static final class TakenTurn extends PartOfTurn {
    private final RoomTask task;

    TakenTurn(TaskTurn whole, RoomTask task) {
      super(whole);
      this.task = task;
    }

    @Override
    public void end() {
      boolean unused = task.end(); // the room goes on when the whole turn has ended
    }
  }

  /** Runs a leave that is due, and then goes on with the task that comes after it. */
  private void makeUp(Room room, HookCall.Leave due, TaskTurn next) {
    DueTurn turn = new DueTurn(room, next);
    try {
      hookRun(due, room, turn, turn).begin();
    } catch (Throwable e) { // a defect of ours; the leave must not hold up its room for ever
      log.error("a leave of room {} could not be made up", room.address(), e);
      room.settleFirstDue();
      goOn(room, next.task, next.task);
    }
  }

  /** The turn of a leave that is due, and what becomes of it. */
  private final class DueTurn extends PartOfTurn implements Submission.Listener {
    private final Room room;

    /** Why it is still due. */
    private @Nullable SandboxException reason;

    DueTurn(Room room, TaskTurn next) {
      super(next);
      this.room = room;
    }

    @Override
    public void end() {
      if (reason == null) {
        RoomScheduler.this.goOn(room, whole.task, whole.task);
      } else {
        whole.task.cannotBegin(room, reason, whole);
      }
    }

    @Override
    public void ended(HookResult result) {
      room.settleFirstDue();
    }

    @Override
    public void notRun(SandboxException cause) {
      if (isDue(cause)) {
        reason = cause;
      } else {
        room.settleFirstDue(); // there is nobody to tell
      }
    }
  }

  /** Whether a leave that was not run for that reason may run later. */
  private static boolean isDue(SandboxException reason) {
    if (reason instanceof RefusedException refused) {
      return refused.kind() == RefusedException.Kind.QUARANTINED
          || refused.kind() == RefusedException.Kind.ROOM_QUARANTINED;
    }
    if (reason instanceof ModuleException module) {
      return module.kind() != ModuleException.Kind.NOT_FOUND;
    }
    return reason instanceof StoreException || reason instanceof GuestException;
  }

  /** Makes up all that is due in a room, and says whether that was possible. */
  private void makeUp(Room room, Consumer<Boolean> whenTried) {
    Submission unused =
        add(
            room.address(),
            new MakeUpTask(whenTried),
            Submission.FOREVER,
            "a leave that is due",
            onWorker);
  }

  /**
   * The version of a service that could not run may be able to now: tries at once what is due in
   * its rooms.
   */
  public void makeUpLeaves(ServiceId service) {
    dueLeaves.tryNow(service);
  }

  /**
   * Runs the leave of somebody whose connection is lost, in its room's order.
   *
   * @param ended told whether it is over; false if it is due, or could not run here
   */
  public void runLeave(HookCall.Leave leave, Consumer<Boolean> ended) {
    Submission unused =
        submit(
            leave,
            Submission.FOREVER,
            new Submission.Listener() {
              @Override
              public void ended(HookResult result) {
                ended.accept(true);
              }

              @Override
              public void notRun(SandboxException reason) {
                ended.accept(
                    reason instanceof ModuleException module
                        && module.kind() == ModuleException.Kind.NOT_FOUND);
              }
            });
  }

  /** How many leaves are due, in all rooms. */
  public int dueLeaves() {
    return dueLeaves.rooms().stream().mapToInt(Room::dueLeaves).sum();
  }

  private HookRun hookRun(
      HookCall call, Room room, HookRun.Turn turn, Submission.Listener listener) {
    return new HookRun(call, environment, room.memory(), turn, listener);
  }

  /** The last thing that a task does. */
  private void ended(Room room, RoomTask ended) {
    if (!ended.end()) {
      return;
    }
    // What it has sent comes before what the next one sends, whichever thread that runs on.
    room.turns().whenOnItsWay(() -> next(room, ended));
  }

  private void next(Room room, RoomTask ended) {
    RoomTask task = room.next();
    if (task == null) {
      removeIfUnused(room);
      return;
    }
    List<RoomTask> admitted = room.admitted();
    if (!admitted.isEmpty()) { // as seldom, and then an iterator costs something
      admitted.forEach(RoomTask::tellOfPlace);
    }
    goOn(room, task, ended);
  }

  /**
   * Begins a task.
   *
   * @param before what the current thread has just done, and does nothing after it
   */
  private void goOn(Room room, RoomTask task, RoomTask before) {
    try {
      if (before.hasBegunOnCaller()) {
        begin(room, task); // the thread that was lent to us is no thread of the scheduler's
      } else {
        room.turns().executeLast(new TaskTurn(room, task));
      }
    } catch (Throwable e) { // no memory for the next step: a moment later there may be some
      log.error("room {} could not go on at once", room.address(), e);
      var unused = timer.schedule(() -> begin(room, task), 100, TimeUnit.MILLISECONDS);
    }
  }

  /** Runs a further step of a turn. */
  private void execute(Room room, Runnable step) {
    try {
      room.turns().execute(step);
    } catch (Throwable e) { // as above
      log.error("room {} could not go on at once", room.address(), e);
      var unused = timer.schedule(() -> room.turns().execute(step), 100, TimeUnit.MILLISECONDS);
    }
  }

  private void removeIfUnused(Room room) {
    if (room.retireIfUnused()) {
      rooms.remove(room.address(), room);
    }
    if (closed && activeRooms() == 0) {
      drained.complete(null);
    }
  }

  /** How many rooms have tasks that wait or run. */
  public int activeRooms() {
    return (int) rooms.values().stream().filter(room -> room.load() > 0).count();
  }

  /** How many tasks wait or run, in all rooms. */
  public long pendingTasks() {
    return rooms.values().stream().mapToLong(Room::load).sum();
  }

  /** The rooms that have tasks or memory, by address. */
  public Stream<RoomState> states() {
    return rooms.values().stream()
        .map(room -> new RoomState(room.address(), room.load(), room.memory().bytes()))
        .sorted(Comparator.comparing(state -> state.address().toString()));
  }

  /**
   * A room at one moment.
   *
   * @param address which room
   * @param tasks how many hooks run or have a place in its queue
   * @param memoryBytes what its guest keeps between hooks
   */
  public record RoomState(RoomAddress address, int tasks, long memoryBytes) {}

  /**
   * Takes no more tasks, refuses those that wait for a place, and waits for those that have one;
   * what has not begun by then is refused. Leaves that are due are tried once more; those that
   * still cannot run then are lost, and the log says how many.
   *
   * @param patience how long it waits
   */
  public void close(Duration patience) {
    if (!closed) {
      dueLeaves.rooms().forEach(room -> makeUp(room, wentWell -> {}));
    }
    closed = true;
    waitForTasks(patience);
    Map<ServiceId, Integer> lost = new TreeMap<>(Comparator.comparing(ServiceId::value));
    dueLeaves.rooms().forEach(r -> lost.merge(r.address().service(), r.dueLeaves(), Integer::sum));
    lost.forEach(
        (service, count) -> {
          if (count > 0) {
            log.warn(
                "service '{}': {} leaves were due when the sandbox closed, and its onLeave is not"
                    + " told of them",
                service,
                count);
          }
        });
  }

  private void waitForTasks(Duration patience) {
    for (Room room : rooms.values()) {
      List<RoomTask> refused = room.refuseWaiting();
      refused.forEach(task -> task.refused(closed(room.address(), "a call")));
    }
    if (activeRooms() == 0) {
      return;
    }
    try {
      drained.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      outOfTime = true; // what has not begun does not keep the process from ending
      log.warn("{} rooms still had calls when the sandbox closed", activeRooms());
    }
  }

  /** A hook. */
  private final class CallTask extends RoomTask {
    private final HookCall call;
    private final Submission.Listener listener;

    CallTask(HookCall call, Submission.Listener listener) {
      this.call = call;
      this.listener = listener;
    }

    @Override
    void begin(Room room, HookRun.Turn turn) {
      run(room, turn).begin();
    }

    @Override
    void cannotBegin(Room room, SandboxException reason, HookRun.Turn turn) {
      run(room, turn).refuse(reason);
    }

    private HookRun run(Room room, HookRun.Turn turn) {
      return hookRun(
          call,
          room,
          turn,
          call instanceof HookCall.Leave leave ? new LeaveEnd(room, leave) : listener);
    }

    /** Keeps a leave that could not run, before its caller is told that. */
    private final class LeaveEnd implements Submission.Listener {
      private final Room room;
      private final HookCall.Leave leave;

      LeaveEnd(Room room, HookCall.Leave leave) {
        this.room = room;
        this.leave = leave;
      }

      @Override
      public void ended(HookResult result) {
        listener.ended(result);
      }

      @Override
      public void notRun(SandboxException reason) {
        if (isDue(reason)) {
          if (room.owe(leave)) {
            dueLeaves.owe(room);
          } else {
            environment
                .serviceLog()
                .warn(
                    leave.service(),
                    leave.onBehalfOf(),
                    "service '{}', room '{}': a leave is lost, because {} are due already",
                    leave.service(),
                    leave.room(),
                    Room.MAX_DUE_LEAVES);
          }
        }
        listener.notRun(reason);
      }
    }

    @Override
    void hasPlace() {
      try {
        listener.queued();
      } catch (Throwable e) {
        untold(e);
      }
    }

    @Override
    void refused(SandboxException reason) {
      try {
        listener.notRun(reason);
      } catch (Throwable e) {
        untold(e);
      }
    }
  }

  /** Has nothing to do but what comes before it: the leaves that are due. */
  private static final class MakeUpTask extends RoomTask {
    private final Consumer<Boolean> whenTried;

    MakeUpTask(Consumer<Boolean> whenTried) {
      this.whenTried = whenTried;
    }

    @Override
    void begin(Room room, HookRun.Turn turn) {
      whenTried.accept(true);
      turn.end();
    }

    @Override
    void refused(SandboxException reason) {
      whenTried.accept(false);
    }
  }

  /** Something that the host does. */
  private static final class HostTask<T> extends RoomTask {
    private final Supplier<CompletableFuture<T>> task;
    private final CompletableFuture<T> ran = new CompletableFuture<>();

    HostTask(Supplier<CompletableFuture<T>> task) {
      this.task = task;
    }

    @Override
    boolean comesAfterDueLeaves() {
      return false; // no code of the service runs for it
    }

    @Override
    void begin(Room room, HookRun.Turn turn) {
      CompletableFuture<T> stage;
      try {
        stage = task.get();
      } catch (Throwable e) { // the room goes on; whoever wanted this is told
        stage = CompletableFuture.failedFuture(e);
      }
      if (stage.isDone()) {
        end(room, turn, stage);
      } else {
        CompletableFuture<T> ended = stage;
        CompletableFuture<T> unused =
            ended.whenCompleteAsync((done, error) -> end(room, turn, ended), turn::goOn);
      }
    }

    private void end(Room room, HookRun.Turn turn, CompletableFuture<T> stage) {
      try {
        ran.complete(stage.join());
      } catch (CompletionException | CancellationException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        ran.completeExceptionally(
            cause instanceof SandboxException
                ? cause
                : new HostException(
                    "a task of the host in %s failed".formatted(room.address()), cause));
      } finally {
        turn.end();
      }
    }

    @Override
    void refused(SandboxException reason) {
      ran.completeExceptionally(reason);
    }
  }

  /** A caller that throws must not stop the room. */
  private static void untold(Throwable failure) {
    log.error("a caller could not be told what became of its call", failure);
  }

  /** The result of a submitted call as a stage. */
  public static final class Answer implements Submission.Listener {
    private final CompletableFuture<HookResult> stage = new CompletableFuture<>();

    /** Completes when the hook has run; exceptionally if it did not. */
    public CompletableFuture<HookResult> stage() {
      return stage;
    }

    @Override
    public void ended(HookResult result) {
      stage.complete(result);
    }

    @Override
    public void notRun(SandboxException reason) {
      stage.completeExceptionally(reason);
    }
  }
}
