package org.cloudramp.sandbox.core.run;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostException;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.hook.HookUsage;
import org.cloudramp.sandbox.api.hook.HttpAnswer;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.core.HookTrace.Step;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.SandboxObserver;
import org.cloudramp.sandbox.core.Submission;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.abi.HookConditions;
import org.cloudramp.sandbox.core.abi.HookInput;
import org.cloudramp.sandbox.core.kv.KvFailure;
import org.cloudramp.sandbox.core.memory.RoomCopy;
import org.cloudramp.sandbox.core.memory.StoredMemories;
import org.cloudramp.sandbox.core.module.LoadedModule;
import org.cloudramp.sandbox.core.module.RoomMemory;
import org.cloudramp.sandbox.core.observe.ServiceLog;
import org.cloudramp.sandbox.core.pause.Pauses;
import org.cloudramp.sandbox.core.publish.CurrentVersions;
import org.cloudramp.sandbox.core.recording.HookRecording;
import org.cloudramp.sandbox.core.recording.RecordedHook;
import org.cloudramp.sandbox.core.recording.Recordings;
import org.cloudramp.sandbox.core.shared.Presence;
import org.cloudramp.sandbox.core.shared.RoomVisit;
import org.cloudramp.sandbox.core.shared.SharedRooms;
import org.cloudramp.sandbox.core.table.Lease;
import org.cloudramp.sandbox.core.table.ModuleTable;
import org.cloudramp.sandbox.core.transaction.CommitAttempts;
import org.cloudramp.sandbox.core.transaction.HookTransaction;
import org.cloudramp.sandbox.core.transaction.RoomChanges;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps of one call, in their order:
 *
 * <ol>
 *   <li>which version is live, and whether it may run ({@link #begin}); in a room of many servers,
 *       who is in it ({@link #enter}),
 *   <li>a lease on its slot ({@link #attempt}),
 *   <li>the guest ({@link #invoke}),
 *   <li>the commit of what it wrote, and again from 2 if others were faster ({@link #commit});
 *       where the way to the store is long, together with hooks that wait behind it ({@link
 *       HookGroup}),
 *   <li>its effects ({@link #complete}),
 *   <li>the result, for listeners and the caller ({@link #end}); or, if a step failed, {@code
 *       onError} and then the result ({@link #fail}); or, if nothing could run, the reason ({@link
 *       #abort}).
 * </ol>
 *
 * Each step runs on a thread for guests, and where it has to wait it leaves that thread. Whatever
 * is thrown in a step, the run ends, and the room goes on.
 */
public final class HookRun {
  private static final Logger log = LoggerFactory.getLogger(HookRun.class);
  private static final HookOutcome COMPLETED = new HookOutcome.Completed();

  /**
   * What every run needs.
   *
   * @param versions which version of a service is live
   * @param table where modules are
   * @param stores what the hooks of a service read and write
   * @param limits of a service's hooks
   * @param clock the time that guests see
   * @param listener told of each call; does not throw
   * @param observer told of commits; does not throw; null if there is none
   * @param roomsInUse where a guest with new memory has woken up
   * @param quarantine which versions may not run
   * @param pauses how long the process stood still
   * @param serviceLog what guests say, and what is said of hooks
   * @param shared the rooms of many servers; null if there are none
   * @param memories of rooms of many servers
   * @param recordings keeps what hooks of some services do; null if it keeps nothing of any
   */
  public record Environment(
      CurrentVersions versions,
      ModuleTable<LoadedModule> table,
      Function<ServiceId, KvStore> stores,
      Function<ServiceId, Limits> limits,
      Clock clock,
      HookListener listener,
      @Nullable SandboxObserver observer,
      RoomsInUse roomsInUse,
      Quarantine quarantine,
      Pauses pauses,
      ServiceLog serviceLog,
      @Nullable SharedRooms shared,
      StoredMemories memories,
      @Nullable Recordings recordings) {}

  /** The turn of a room, as the hook that has it sees it. Thread-safe. */
  public interface Turn {
    /** Runs the rest of a hook that has waited, on a thread for guests. */
    void goOn(Runnable rest);

    /**
     * Runs another hook of the turn, on a thread for guests, when all is on its way that the one
     * before it has sent.
     */
    void follow(Runnable next);

    /**
     * Takes the call that waits next in the room, if it is wanted and nothing else has to come
     * before it. Its run is a part of this turn from now on, and ends its own place.
     *
     * @return null if there is none
     */
    @Nullable HookRun takeNext(Predicate<HookCall> wanted);

    /** How many hooks the room may commit together, as far as its commits have gone well. */
    int mostTogether();

    /** So many hooks were committed together. */
    void committed(int hooks);

    /** A commit has not gone well: whoever commits less at a time loses less. */
    void conflicted();

    /** The hook has ended, whatever came of it; called once, last. */
    void end();
  }

  /**
   * What a guest has made of the hook.
   *
   * @param transaction what it has asked for; null if it did not get that far
   * @param outcome how the hook ends, if it has nothing to commit because it did not complete
   * @param failure why it did not return, if it did not
   * @param returned when it was back, by {@link System#nanoTime}
   */
  record Ran(
      LoadedModule module,
      HookInput input,
      @Nullable HookTransaction transaction,
      @Nullable HookOutcome outcome,
      @Nullable Failure failure,
      long returned) {}

  private final HookCall call;
  private final Environment environment;
  private final RoomMemory memory;

  /** Null where rooms are on one server. */
  private final @Nullable HookMemory kept;

  private final Turn turn;
  private final Submission.Listener caller;
  private final Steps steps;
  private final Limits limits;
  private final KvStore store;

  /** The same for each attempt. */
  private final HookConditions conditions;

  private final long start = System.nanoTime();

  /** Made when there is something to commit. */
  private @Nullable CommitAttempts commits;

  /** Of the attempt that runs, or is being committed; null if it is not recorded. */
  private @Nullable HookRecording recording;

  /** What has gone wrong with the hook, while {@code onError} runs. */
  private @Nullable SandboxException failure;

  private boolean ended;

  // What the call has taken so far: see HookUsage.
  private long guestNanos;
  private int keysRead;
  private int keysWritten;

  /** Whether listeners know that it has begun. */
  private boolean begun;

  /** With which it is committed; null for a hook by itself. */
  private @Nullable HookGroup group;

  /** That a room of many servers is followed; null for a room of this process. */
  private @Nullable RoomVisit visit;

  /** Whether the roster says what the call has changed, by whichever commit. */
  private boolean isOnRoster;

  /** Whether nobody knows what became of the commit of a join. */
  private boolean mayHaveJoined;

  /**
   * A run that has not begun.
   *
   * @param memory of the call's room
   * @param turn of that room
   * @param caller told of the end
   */
  public HookRun(
      HookCall call,
      Environment environment,
      RoomMemory memory,
      Turn turn,
      Submission.Listener caller) {
    this.call = call;
    this.environment = environment;
    this.memory = memory;
    this.turn = turn;
    this.caller = caller;
    this.steps = Steps.of(caller);
    this.limits = environment.limits().apply(call.service());
    this.store = environment.stores().apply(call.service());
    this.kept =
        environment.shared() == null
            ? null
            : new HookMemory(call, memory, environment, store, limits);
    this.conditions = HookConditions.now(environment.clock());
  }

  /** Takes the first step. On a thread for guests. */
  public void begin() {
    steps.begin();
    tellBegun();
    if (call instanceof HookCall.Timer timer) {
      whenStillSet(timer.timer(), this::findVersion);
    } else {
      findVersion();
    }
  }

  /** Listeners hear of one hook of a room after the other, also of those that ran together. */
  private void tellBegun() {
    if (!begun) {
      begun = true;
      environment.listener().onBegin(call);
    }
  }

  /** A timer that a hook before this one has cancelled, or set anew, is not answered. */
  private void whenStillSet(RoomTimer timer, Runnable next) {
    step(
        TimerHold.of(timer, store, limits, environment.clock()),
        isSet -> {
          if (isSet) {
            next.run();
          } else {
            abort(
                new RefusedException(
                    RefusedException.Kind.TIMER_GONE,
                    "service '%s', room '%s': timer %s is not set any more as it was when it came due"
                        .formatted(call.service(), call.room(), InertText.quote(timer.name()))));
          }
        },
        this::abort);
  }

  private void findVersion() {
    CompletableFuture<Optional<ModuleVersion>> version =
        environment.versions().of(call.service(), start);
    if (version.isDone() && !version.isCompletedExceptionally()) {
      try {
        admit(version.join());
      } catch (Throwable fault) { // of ours
        abort(fault);
      }
    } else {
      step(version, this::admit, this::abort);
    }
  }

  /** Ends without a step, because what comes before it in its room cannot run either. */
  public void refuse(SandboxException reason) {
    tellBegun();
    abort(reason);
  }

  private void admit(Optional<ModuleVersion> version) {
    if (version.isEmpty()) {
      abort(
          new ModuleException(
              ModuleException.Kind.NOT_FOUND,
              "service '%s' is unknown: no module is live under that id"
                  .formatted(call.service())));
      return;
    }
    Optional<RefusedException> resting = environment.quarantine().check(version.get(), call);
    if (resting.isPresent()) {
      abort(resting.get());
    } else {
      enter(version.get());
    }
  }

  /** A room of many servers is followed before anything of it is run. */
  private void enter(ModuleVersion version) {
    SharedRooms shared = environment.shared();
    if (shared == null || !shared.includes(call.service())) {
      attempt(version, HookInput.of(call), start);
      return;
    }
    step(
        shared.enter(call.address()),
        entered -> {
          visit = entered;
          if (isLetGo(shared)) {
            abort(
                new RefusedException(
                    RefusedException.Kind.CLOSED,
                    "service '%s', room '%s': a message was refused because another server has let its sender go"
                        .formatted(call.service(), call.room())));
          } else {
            attempt(version, HookInput.of(call), start);
          }
        },
        this::abort);
  }

  /**
   * Whether somebody has left before, by way of a server that took this one for dead, or goes on by
   * way of another.
   */
  private boolean hasLeftBefore(RoomVisit entered) {
    return call instanceof HookCall.Leave leave && !entered.mayLetGo(leave.connection());
  }

  /** Whether the room was told that whoever has said something has left. */
  private boolean isLetGo(SharedRooms shared) {
    return call instanceof HookCall.Message message
        && shared.isLetGo(call.address(), message.connection());
  }

  private boolean isThereAlready(RoomVisit entered) {
    return call instanceof HookCall.Join join && entered.has(join.connection());
  }

  private void attempt(ModuleVersion version, HookInput input, long now) {
    if (visit != null && !isOnRoster && hasLeftBefore(visit)) {
      isOnRoster = true;
      end(version, new HookOutcome.Absent());
      return;
    }
    if (visit != null && !isOnRoster && failure == null && isThereAlready(visit)) {
      abort(
          new HostException(
              "the connection '%s' is in the room %s already, perhaps on another server; the ids of connections must be unique"
                  .formatted(call.onBehalfOf().orElseThrow(), call.address()),
              new IllegalStateException("two connections have one id")));
      return;
    }
    if (visit != null && failure == null) {
      Optional<RefusedException> notTaken = whyNotTaken(visit);
      if (notTaken.isPresent()) {
        abort(notTaken.get());
        return;
      }
    }
    Lease<LoadedModule> lease = environment.table().acquire(version, now);
    if (lease != null) {
      invoke(lease, input, now);
    } else {
      load(version, input);
    }
  }

  private void load(ModuleVersion version, HookInput input) {
    steps.begin(Step.LOAD, input.hook());
    Lease<LoadedModule> lease;
    try {
      lease = environment.table().acquireOrLoadAtOnce(version);
    } catch (Throwable e) {
      steps.end(false);
      noGuest(version, e);
      return;
    }
    if (lease != null) {
      steps.end(true);
      invoke(lease, input, System.nanoTime());
      return;
    }
    step(
        environment.table().load(version),
        loaded -> {
          steps.end(true);
          invoke(loaded, input, System.nanoTime());
        },
        error -> {
          steps.end(false);
          noGuest(version, error);
        });
  }

  /** There is nothing that the hook could run in, or on. */
  private void noGuest(ModuleVersion version, Throwable error) {
    if (failure == null) {
      abort(error);
    } else {
      end(version, new HookOutcome.Failed(failure));
    }
  }

  /** A message with a number is taken once, and by the server that its sender is connected to. */
  private Optional<RefusedException> whyNotTaken(RoomVisit entered) {
    if (!(call instanceof HookCall.Message message) || message.number() == 0) {
      return Optional.empty();
    }
    if (!entered.mayTake(message)) {
      return Optional.of(
          new RefusedException(
              RefusedException.Kind.CLOSED,
              "service '%s', room '%s': a message was refused because its sender is not connected to this server any more"
                  .formatted(call.service(), call.room())));
    }
    if (entered.comesAfterUntaken(message)) {
      return Optional.of(
          new RefusedException(
              RefusedException.Kind.CLOSED,
              "service '%s', room '%s': message %d of its sender was refused because one before it was not taken, and comes first"
                  .formatted(call.service(), call.room(), message.number())));
    }
    return entered.wasTaken(message)
        ? Optional.of(
            new RefusedException(
                RefusedException.Kind.TAKEN_BEFORE,
                "service '%s', room '%s': message %d of its sender was taken before"
                    .formatted(call.service(), call.room(), message.number())))
        : Optional.empty();
  }

  private void invoke(Lease<LoadedModule> lease, HookInput input, long now) {
    LoadedModule module = lease.module();
    RoomVisit entered = visit;
    if (kept == null
        || entered == null
        || !module.program().hooks().contains(input.hook())
        || !kept.mustAsk(module, entered, false)) {
      settle(run(lease, input, now, null));
      return;
    }
    ModuleVersion version = module.version();
    lease.close();
    step(
        kept.ask(version, entered),
        asked -> attempt(version, input, System.nanoTime()),
        error -> noGuest(version, error));
  }

  /**
   * Runs the guest.
   *
   * @param before what earlier hooks have changed that are committed with this one; null if there
   *     are none
   */
  private Ran run(
      Lease<LoadedModule> lease, HookInput input, long now, @Nullable RoomChanges before) {
    LoadedModule module = lease.module();
    HookTransaction transaction = null;
    GuestInstance.Status status;
    long pausesBefore = environment.pauses().before(now);
    try (lease) {
      if (!module.program().hooks().contains(input.hook())) {
        return new Ran(module, input, null, new HookOutcome.Absent(), null, now);
      }
      Optional<CloseFrame> unsupported = unsupported(module, input);
      if (unsupported.isPresent()) {
        return new Ran(module, input, null, new HookOutcome.Refused(unsupported), null, now);
      }
      transaction =
          new HookTransaction(
              module.version(),
              module.endpoints(),
              input,
              conditions.time(),
              limits,
              store,
              environment.serviceLog(),
              presence(before),
              before);
      Recordings recordings = environment.recordings();
      recording =
          recordings == null
              ? null
              : recordings.begin(call.address(), module.version(), before == null);
      steps.begin(Step.GUEST, input.hook());
      status =
          new GuestInvocation(
                  module,
                  memory,
                  copy(),
                  conditions,
                  transaction,
                  environment.roomsInUse(),
                  recording,
                  steps)
              .run(call, input);
      steps.end(true);
    } catch (Throwable e) {
      steps.end(false);
      long failed = System.nanoTime();
      if (transaction != null) {
        count(transaction, failed);
      }
      if (recording != null) {
        recording.failed(e);
      }
      Failure why = failure(e, module.version(), input, transaction, pausesBefore);
      return new Ran(module, input, transaction, null, why, failed);
    }
    long returned = System.nanoTime();
    count(transaction, returned);
    Optional<CloseFrame> refusal = transaction.refusal();
    // Who has said a reason has refused, whatever it returned: a door that is in doubt stays shut.
    return status == GuestInstance.Status.REFUSED || refusal.isPresent()
        ? new Ran(module, input, transaction, new HookOutcome.Refused(refusal), null, returned)
        : new Ran(module, input, transaction, null, null, returned);
  }

  /** The guest is back, one way or another. */
  private void count(HookTransaction transaction, long now) {
    guestNanos += transaction.guestNanos(now);
    keysRead += transaction.keysRead();
  }

  /** What the guest runs on; null if the memory of the room is not in the store. */
  private @Nullable RoomCopy copy() {
    return kept == null ? null : kept.copy();
  }

  /** Goes on with what a guest has made of the hook, if that is what it makes of it now. */
  void settle(Ran ran) {
    HookTransaction transaction = ran.transaction();
    boolean isWell = transaction != null && ran.failure() == null && ran.outcome() == null;
    if (kept == null
        || transaction == null
        || (isWell && transaction.hasWrites())
        || !kept.mayHaveBeenStale()) {
      settleNow(ran);
      return;
    }
    step(
        kept.isCurrent(),
        isCurrent -> {
          if (isCurrent) {
            settleNow(ran);
          } else {
            undoMemory(ran.module());
            record(RecordedHook.Outcome.AGAIN, "");
            tellBegun();
            attemptAgain(ran.module().version(), ran.input(), commits(), false);
          }
        },
        error -> {
          if (isWell) {
            SandboxException typed = commits().typed(error);
            record(RecordedHook.Outcome.NOT_COMMITTED, String.valueOf(typed.getMessage()));
            notCommitted(ran.module().version(), ran.input(), typed);
          } else {
            settleNow(ran);
          }
        });
  }

  private void settleNow(Ran ran) {
    ModuleVersion version = ran.module().version();
    HookTransaction transaction = ran.transaction();
    if (ran.failure() != null) {
      recordFailure();
      tellBegun();
      fail(version, ran.input(), ran.failure());
    } else if (ran.outcome() != null || transaction == null) {
      endUnchanged(ran);
    } else if (!transaction.hasWrites()) {
      record(RecordedHook.Outcome.COMPLETED, "");
      complete(version, transaction, ran.returned());
    } else if (!commitTogether(ran, transaction)) {
      commit(ran.module(), ran.input(), transaction);
    }
  }

  /** It has refused, or there is no such hook: nothing of it is committed. */
  private void endUnchanged(Ran ran) {
    record(RecordedHook.Outcome.REFUSED, "");
    end(ran.module().version(), ran.outcome() == null ? COMPLETED : ran.outcome());
  }

  /** Whether hooks that wait behind this one run now, and are committed with it. */
  private boolean commitTogether(Ran ran, HookTransaction transaction) {
    if (!isGroupable() || group != null || failure != null) {
      return false;
    }
    int mostHooks = Math.min(limits.hooksPerCommit(), turn.mostTogether());
    HookRun waiting = mostHooks > 1 ? turn.takeNext(HookGroup::mayTake) : null;
    if (waiting == null) {
      return false;
    }
    new HookGroup(
            this,
            ran,
            turn,
            RoomChanges.of(transaction, limits),
            new CommitAttempts(store, call.address(), limits, environment.observer()),
            mostHooks)
        .runAndCommit(waiting);
    return true;
  }

  /** In memory a commit takes no time that others could use. */
  private boolean isGroupable() {
    return store.isShared() && HookGroup.mayTake(call);
  }

  // What its group has it do. All but isIn and runOnTop are called when the hooks before it have
  // ended.

  HookCall call() {
    return call;
  }

  Limits limits() {
    return limits;
  }

  /** What it has left in the room's memory did not happen. */
  void undoMemory(LoadedModule module) {
    if (kept == null) {
      module.forget(memory);
    } else {
      kept.undo(module);
    }
  }

  private boolean mustAskOnTop(LoadedModule module) {
    return kept != null && visit != null && kept.mustAsk(module, visit, true);
  }

  Steps steps() {
    return steps;
  }

  @Nullable RoomVisit visit() {
    return visit;
  }

  void isIn(HookGroup joined) {
    group = joined;
  }

  /**
   * Runs the guest on top of what those before it in the group have changed.
   *
   * @return null if it cannot run at once, or may not run at all: {@link #runAlone} finds out why
   */
  @Nullable Ran runOnTop(HookGroup joined) {
    LoadedModule module = joined.module();
    ModuleVersion version = module.version();
    long now = System.nanoTime();
    CompletableFuture<Optional<ModuleVersion>> live =
        environment.versions().of(call.service(), now);
    if (!live.isDone()
        || live.isCompletedExceptionally()
        || !live.join().equals(Optional.of(version))
        || environment.quarantine().check(version, call).isPresent()
        || !entersAtOnce(joined.visit())
        || (call instanceof HookCall.Message message && joined.hasTaken(message))) {
      return null;
    }
    Lease<LoadedModule> lease = environment.table().acquire(version, now);
    if (lease == null) {
      return null;
    }
    if (lease.module() != module // it was loaded anew meanwhile, with other memory
        || mustAskOnTop(module)) {
      lease.close();
      return null;
    }
    return run(lease, HookInput.of(call), now, joined.changes());
  }

  /** Whether it is in the room now, as the first of the group, and its call may be taken. */
  private boolean entersAtOnce(@Nullable RoomVisit ofFirst) {
    SharedRooms shared = environment.shared();
    if (ofFirst == null || shared == null) {
      return true;
    }
    CompletableFuture<RoomVisit> entering = shared.enter(call.address());
    if (!entering.isDone() || entering.isCompletedExceptionally()) {
      var unused = entering.thenAccept(RoomVisit::close);
      return false;
    }
    RoomVisit entered = entering.join();
    visit = entered;
    return entered.server().equals(ofFirst.server())
        && !isLetGo(shared)
        && whyNotTaken(entered).isEmpty();
  }

  /** Others were faster than its group: it is one of the hooks that run again for that. */
  void tellOfConflict() {
    SandboxObserver told = environment.observer();
    if (told != null) {
      told.retried(SandboxObserver.Retry.CONFLICT);
    }
  }

  /** Takes all steps, as if it had never been in a group. */
  void runAlone() {
    dropRecording(); // a fault of ours has come between, if there is one
    RoomVisit before = visit;
    visit = null;
    if (before != null) {
      before.close();
    }
    tellBegun();
    findVersion();
  }

  /** It was committed with its group. */
  void endWell(Ran ran) {
    tellBegun();
    HookTransaction transaction = ran.transaction();
    if (ran.outcome() != null || transaction == null) {
      endUnchanged(ran);
    } else {
      record(RecordedHook.Outcome.COMPLETED, "");
      keysWritten += transaction.keysWritten();
      complete(ran.module().version(), transaction, System.nanoTime());
    }
  }

  /** Nobody knows whether its group was committed. */
  void endNotCommitted(Ran ran, SandboxException why) {
    tellBegun();
    notCommitted(ran.module().version(), ran.input(), why);
  }

  /** Another has the turn that it was a part of. */
  void endPlace() {
    turn.end();
  }

  private void record(RecordedHook.Outcome outcome, String detail) {
    if (recording != null) {
      recording.end(outcome, detail);
      recording = null;
    }
  }

  private void recordFailure() {
    if (recording != null) {
      recording.endFailed();
      recording = null;
    }
  }

  /** The attempt ran on top of others that have not happened either, so nobody can do it again. */
  void dropRecording() {
    if (recording != null) {
      recording.drop();
      recording = null;
    }
  }

  /** Who is in a room of many servers; {@code onError} changes nothing of that. */
  private @Nullable Presence presence(@Nullable RoomChanges before) {
    RoomVisit entered = visit;
    if (entered == null) {
      return null;
    }
    if (before != null && before.attendance() != null) {
      return entered.bystander(call, before.attendance());
    }
    return failure == null && !isOnRoster ? entered.presence(call) : entered.bystander(call);
  }

  /** Who is to blame for a guest that did not return: the store, a pause of the process, or it. */
  private Failure failure(
      Throwable thrown,
      ModuleVersion version,
      HookInput input,
      @Nullable HookTransaction transaction,
      long pausesBefore) {
    Optional<StoreException.Kind> ofTheStore =
        transaction == null ? Optional.empty() : transaction.storeTrouble();
    if (ofTheStore.isPresent()) {
      return Failure.ofTheStore(thrown, store.name(), ofTheStore.get());
    }
    boolean isOfPause =
        isOfPause(thrown, environment.pauses().total(System.nanoTime()) - pausesBefore);
    if (isOfPause) {
      environment
          .serviceLog()
          .warn(
              call.service(),
              call.onBehalfOf(),
              "{}, room '{}', {}: the whole process stood still meanwhile; that is not held against it",
              version,
              call.room(),
              input.hook());
    }
    return Failure.of(thrown, isOfPause);
  }

  /** A message of a kind that the guest declares not to take is refused without waking it. */
  private Optional<CloseFrame> unsupported(LoadedModule module, HookInput input) {
    return call instanceof HookCall.Message message && input.hook() == Hook.ON_MESSAGE
        ? module.program().unsupported(message.payload().kind())
        : Optional.empty();
  }

  private boolean isOfPause(Throwable failed, long pause) {
    return failed instanceof GuestException guest
        && guest.kind() == GuestException.Kind.DEADLINE
        && isPauseToBlame(pause, limits.time());
  }

  /** Whether a pause of the process has taken so much of a hook's time that it ended of that. */
  static boolean isPauseToBlame(long pauseNanos, Duration time) {
    return pauseNanos >= time.toNanos() / 2;
  }

  private void commit(LoadedModule module, HookInput input, HookTransaction transaction) {
    ModuleVersion version = module.version();
    CommitAttempts attempts = commits();
    steps.begin(Step.COMMIT, input.hook());
    step(
        attempts.commit(transaction::transaction),
        result -> {
          steps.end(result.isCommitted());
          if (result instanceof CommitResult.Committed committed) {
            turn.committed(1);
            record(RecordedHook.Outcome.COMPLETED, "");
            committed(version, transaction, committed);
          } else {
            turn.conflicted();
            undoMemory(module); // what the room remembers of this run did not happen
            if (result instanceof CommitResult.Fenced) {
              record(RecordedHook.Outcome.NOT_COMMITTED, "this server had lost its lease");
              notCommitted(version, input, fenced());
            } else {
              record(RecordedHook.Outcome.AGAIN, "");
              attemptAgain(version, input, attempts, transaction.dependsOnRoster());
            }
          }
        },
        error -> {
          steps.end(false);
          undoMemory(module);
          mayHaveJoined = true;
          SandboxException typed = attempts.typed(error);
          record(RecordedHook.Outcome.NOT_COMMITTED, String.valueOf(typed.getMessage()));
          notCommitted(version, input, typed);
        });
  }

  /** In a room of many servers, what the hook has said has arrived here when the hook ends. */
  private void committed(
      ModuleVersion version, HookTransaction transaction, CommitResult.Committed committed) {
    keysWritten += transaction.keysWritten();
    transaction.committed(committed);
    RoomVisit entered = visit;
    if (entered == null) {
      complete(version, transaction, System.nanoTime());
      return;
    }
    isOnRoster |= failure == null;
    taken(entered);
    steps.begin(Step.DELIVERY, transaction.hook());
    step(
        entered.whenPerformed(committed, transaction.appended(), limits.commitTime()),
        done -> complete(version, transaction, System.nanoTime()),
        error -> complete(version, transaction, System.nanoTime()));
  }

  /** A message with a number was taken, as far as this server knows. */
  void taken(RoomVisit entered) {
    if (call instanceof HookCall.Message message && message.number() > 0) {
      entered.received(message.connection(), message.number());
    }
  }

  /** Whoever numbers messages sends again what could not be committed, unless it never can. */
  private void notTaken(RoomVisit entered, SandboxException reason) {
    boolean isFinal =
        (reason instanceof StoreException store && store.kind() == StoreException.Kind.QUOTA)
            || (reason instanceof RefusedException refused
                && refused.kind() == RefusedException.Kind.TAKEN_BEFORE);
    if (!isFinal && call instanceof HookCall.Message message && message.number() > 0) {
      entered.notTaken(message);
    }
  }

  /**
   * A leave that a room of many servers could not be told of is due: its member is on the roster
   * until it has been made up.
   */
  private void notCommitted(ModuleVersion version, HookInput input, SandboxException error) {
    if (visit != null && call instanceof HookCall.Leave && failure == null) {
      abort(error);
    } else {
      fail(version, input, Failure.of(error, true));
    }
  }

  /** Others have taken this server for dead. */
  private StoreException fenced() {
    SharedRooms shared = environment.shared();
    if (shared != null && visit != null) {
      shared.fenced(visit.server());
    }
    return new StoreException(
        StoreException.Kind.UNAVAILABLE,
        "nothing was committed in the room %s: this server has lost its lease (rooms.lease), and starts over"
            .formatted(call.address()));
  }

  private void attemptAgain(
      ModuleVersion version, HookInput input, CommitAttempts attempts, boolean dependsOnRoster) {
    RoomVisit entered = visit;
    CompletableFuture<Void> pause = attempts.next();
    step(
        entered == null ? pause : pause.thenCompose(over -> lookAgain(entered, dependsOnRoster)),
        nothing -> {
          if (call instanceof HookCall.Timer timer && input.hook() == Hook.ON_TIMER) {
            whenStillSet(timer.timer(), () -> attempt(version, input, System.nanoTime()));
          } else {
            attempt(version, input, System.nanoTime());
          }
        },
        error -> fail(version, input, Failure.of(attempts.typed(error), true)));
  }

  /**
   * What else than keys may have been in the way: who is in the room, or a message taken before.
   */
  private CompletableFuture<Void> lookAgain(RoomVisit entered, boolean dependsOnRoster) {
    CompletableFuture<Void> known =
        dependsOnRoster ? entered.catchUp() : CompletableFuture.completedFuture(null);
    return call instanceof HookCall.Message message && message.number() > 0
        ? known.thenCompose(done -> entered.lookAt(message.connection()))
        : known;
  }

  private CommitAttempts commits() {
    CommitAttempts made = commits;
    if (made == null) {
      made = new CommitAttempts(store, call.address(), limits, environment.observer());
      commits = made;
    }
    return made;
  }

  private void complete(ModuleVersion version, HookTransaction transaction, long now) {
    steps.begin(Step.DELIVERY, transaction.hook());
    List<Event> events = transaction.performEffects(now);
    steps.end(true);
    end(version, COMPLETED, events, transaction.answer(), now);
  }

  /** The run has failed: tell the guest once, in a run of its own, unless that is what failed. */
  private void fail(ModuleVersion version, HookInput input, Failure cause) {
    if (commits != null) {
      commits.restart();
    }
    String hook = "%s, room '%s', %s".formatted(version, call.room(), input.hook());
    if (cause.isOfTheHost()) {
      log.error("{} failed in the host", hook, cause.error());
    } else {
      environment
          .serviceLog()
          .warn(call.service(), call.onBehalfOf(), "{} failed: {}", hook, cause.message());
    }
    if (failure != null) {
      end(version, new HookOutcome.Failed(failure));
      return;
    }
    cause.fault().ifPresent(fault -> environment.quarantine().fault(version, call, fault));
    failure = cause.in(hook);
    attempt(
        version,
        HookInput.failed(call, cause.code(), String.valueOf(cause.error().getMessage())),
        System.nanoTime());
  }

  private void end(ModuleVersion version, HookOutcome outcome) {
    end(version, outcome, List.of(), Optional.empty(), System.nanoTime());
  }

  private void end(
      ModuleVersion version,
      HookOutcome outcome,
      List<Event> events,
      Optional<HttpAnswer> answer,
      long now) {
    RoomVisit entered = visit;
    if (entered != null && owesRoster(outcome)) {
      commitPresence(entered, () -> end(version, outcome, events, answer, now));
      return;
    }
    if (entered != null) {
      if (failure instanceof StoreException store) { // it may be sent again after that
        notTaken(entered, store);
      } else {
        taken(entered);
      }
    }
    // Whatever onError does, the hook has failed.
    HookOutcome ownOutcome = failure == null ? outcome : new HookOutcome.Failed(failure);
    if (failure == null && !(outcome instanceof HookOutcome.Absent)) {
      environment.quarantine().ranWell(version, call);
    }
    HookResult result =
        new HookResult(
            call, version, ownOutcome, events, answer, Duration.ofNanos(now - start), usage());
    finish(
        () -> {
          environment.listener().onEnd(result);
          caller.ended(result);
        });
  }

  private HookUsage usage() {
    return guestNanos == 0 && keysRead == 0 && keysWritten == 0
        ? HookUsage.none()
        : new HookUsage(guestNanos, keysRead, keysWritten);
  }

  /**
   * Whether who is in the room has still to change: a guest without {@code onJoin} lets everybody
   * in, and whoever leaves has left, whatever became of the hook.
   */
  private boolean owesRoster(HookOutcome outcome) {
    return !isOnRoster
        && (call instanceof HookCall.Leave
            || (call instanceof HookCall.Join
                && failure == null // of a join that has failed there may be no onError
                && outcome instanceof HookOutcome.Absent));
  }

  /** Commits that somebody comes or goes, and nothing else. */
  private void commitPresence(RoomVisit entered, Runnable next) {
    CommitAttempts attempts = commits();
    Presence presence = entered.presence(call);
    List<Bytes> entries = presence.entries(List.of());
    steps.begin(Step.COMMIT, call.hook());
    step(
        attempts.commit(
            id ->
                KvTransaction.builder(id)
                    .quota(limits.kvQuota())
                    .appends(entries)
                    .roster(presence.update())
                    .build()),
        result -> {
          steps.end(result.isCommitted());
          if (result instanceof CommitResult.Committed committed) {
            isOnRoster = true;
            step(
                entered.whenPerformed(committed, entries, limits.commitTime()),
                done -> next.run(),
                error -> next.run());
          } else if (result instanceof CommitResult.Fenced) {
            abort(fenced());
          } else {
            step(
                attempts.next().thenCompose(pause -> entered.catchUp()),
                done -> commitPresenceAgain(entered, next),
                this::abort);
          }
        },
        error -> {
          mayHaveJoined = true;
          abort(attempts.typed(error));
        });
  }

  private void commitPresenceAgain(RoomVisit entered, Runnable next) {
    if (hasLeftBefore(entered) || isThereAlready(entered)) {
      isOnRoster = true;
      next.run();
    } else {
      commitPresence(entered, next);
    }
  }

  /** No code of the service could be run. */
  void abort(Throwable cause) {
    SandboxException typed = Failure.of(cause, false).error();
    SharedRooms shared = environment.shared();
    if (shared != null
        && !isOnRoster
        && call instanceof HookCall.Leave
        && shared.includes(call.service())
        && typed instanceof ModuleException module
        && module.kind() == ModuleException.Kind.NOT_FOUND) {
      leaveUntold(shared, typed);
    } else {
      abort(typed);
    }
  }

  /** There is no code to be told of a leave, and will be none: whoever leaves has left. */
  private void leaveUntold(SharedRooms shared, SandboxException reason) {
    isOnRoster = true; // or the reason why not is one to try again later
    RoomVisit before = visit;
    if (before != null) {
      commitPresence(before, () -> abort(reason));
      return;
    }
    step(
        shared.enter(call.address()),
        entered -> {
          visit = entered;
          commitPresence(entered, () -> abort(reason));
        },
        this::abort);
  }

  /** A join that was committed though nobody said so in time is undone by a leave. */
  private void undoJoin() {
    RoomVisit entered = visit;
    SharedRooms shared = environment.shared();
    if (mayHaveJoined
        && entered != null
        && shared != null
        && call instanceof HookCall.Join join
        && entered.has(join.connection())) {
      shared.leave(join);
    }
  }

  private void abort(SandboxException typed) {
    RoomVisit entered = visit;
    if (entered != null) {
      notTaken(entered, typed);
    }
    if (typed instanceof HostException) {
      log.error("room {}: {} did not run", call.address(), call.hook(), typed);
    } else if (!(typed instanceof RefusedException)) { // that was said when it began
      environment
          .serviceLog()
          .warn(
              call.service(),
              call.onBehalfOf(),
              "service '{}', room '{}': {} did not run: {}",
              call.service(),
              call.room(),
              call.hook(),
              typed.getMessage());
    }
    finish(
        () -> {
          environment.listener().onAbort(call, typed);
          caller.notRun(typed);
        });
  }

  /** Tells of the end once, and lets the room go on whatever those who are told throw. */
  private void finish(Runnable news) {
    if (ended) {
      return;
    }
    ended = true;
    try {
      if (recording != null) { // a fault of ours has come between
        recording.drop();
      }
      if (commits != null) {
        commits.release();
      }
      news.run();
      undoJoin(); // what is committed later than this is found out by whoever reads the log
    } catch (Throwable e) {
      log.error("room {}: the end of {} could not be told", call.address(), call.hook(), e);
    } finally {
      if (visit != null) {
        visit.close();
      }
      HookGroup joined = group;
      if (joined == null) {
        turn.end();
      } else {
        joined.ended(this);
      }
    }
  }

  /** Goes on at once if there is nothing to wait for, and otherwise on a worker when there is. */
  private <T> void step(CompletableFuture<T> waited, Consumer<T> next, Consumer<Throwable> failed) {
    if (waited.isDone()) {
      goOn(waited, next, failed);
    } else {
      CompletableFuture<T> unused =
          waited.whenCompleteAsync((value, error) -> goOn(waited, next, failed), turn::goOn);
    }
  }

  private <T> void goOn(CompletableFuture<T> done, Consumer<T> next, Consumer<Throwable> failed) {
    try {
      T value;
      try {
        value = done.join();
      } catch (CompletionException | CancellationException e) {
        failed.accept(KvFailure.cause(e));
        return;
      }
      next.accept(value);
    } catch (Throwable fault) { // of ours; without this the room would wait for ever
      abort(fault);
    }
  }
}
