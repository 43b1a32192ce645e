package org.cloudramp.sandbox.core.run;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.core.HookTrace.Step;
import org.cloudramp.sandbox.core.kv.KvFailure;
import org.cloudramp.sandbox.core.module.LoadedModule;
import org.cloudramp.sandbox.core.shared.RoomVisit;
import org.cloudramp.sandbox.core.transaction.CommitAttempts;
import org.cloudramp.sandbox.core.transaction.RoomChanges;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hooks of one room that are committed together, in a store to which the way is long. The first one
 * has run and has something to commit; those that wait behind it run at once, each on top of what
 * the ones before it have changed, and then all of it is one commit.
 *
 * <ol>
 *   <li>None of them ends before that commit, and they end in their order. Until then nobody hears
 *       anything of any.
 *   <li>If the store says that nothing happened (a conflict, a fence, a quota that one of them has
 *       exceeded), each runs again by itself, in their order, and ends as if it had never been in a
 *       group. If nobody knows what happened, each fails as it would have alone.
 *   <li>A hook that fails is the last of its group and changes nothing of it: when the others have
 *       been committed, it fails as it would have alone; when they were not, it runs again.
 *   <li>A call that cannot run at once, or that may not run at all, ends the group, and begins when
 *       the others have ended.
 *   <li>Bounded by the hooks that wait, by {@code limits.hooksPerCommit}, by a hundredth of {@code
 *       limits.time}, and by the constants below; the last hook may exceed those by what one hook
 *       may take.
 * </ol>
 *
 * One thread at a time: it is a part of one turn of its room.
 */
final class HookGroup {
  private static final Logger log = LoggerFactory.getLogger(HookGroup.class);

  /**
   * No hook is added later than this part of the time that one hook may take: those that have run
   * wait for it, and so do other rooms for the thread.
   */
  private static final int PART_OF_TIME = 100;

  /**
   * A small part of what a log keeps unless it is told otherwise: a server that is some commits
   * behind still finds all of them there.
   */
  private static final int MAX_ENTRIES = 64;

  /** A store does nothing else while it commits. */
  private static final int MAX_KEYS = 512;

  private static final long MAX_BYTES = 256 << 10;

  /** A hook that has ended well, or has refused what it was asked. */
  private record Member(HookRun run, HookRun.Ran ran) {}

  private final HookRun first;
  private final HookRun.Turn turn;
  private final LoadedModule module;
  private final RoomChanges changes;
  private final CommitAttempts attempts;
  private final int mostHooks;
  private final long mostNanos;
  private final long begin = System.nanoTime();
  private final List<Member> members = new ArrayList<>();

  /** Of those who number their messages, the last that has run. */
  private final Map<ConnectionId, Long> numbers = new HashMap<>();

  /** What each hook has to do when those before it have ended, and nobody does for it. */
  private final ArrayDeque<Rest> rests = new ArrayDeque<>();

  /** The rest of a hook that goes on by itself. */
  private record Rest(HookRun run, Runnable steps) {}

  /** Whether the members end now: the next is not to begin when one of them has. */
  private boolean ending;

  /**
   * A group of one.
   *
   * @param turn ends when all have ended
   * @param attempts commits for all
   */
  HookGroup(
      HookRun first,
      HookRun.Ran ran,
      HookRun.Turn turn,
      RoomChanges changes,
      CommitAttempts attempts,
      int mostHooks) {
    this.first = first;
    this.turn = turn;
    this.module = ran.module();
    this.changes = changes;
    this.attempts = attempts;
    this.mostHooks = mostHooks;
    this.mostNanos = first.limits().time().toNanos() / PART_OF_TIME;
    members.add(new Member(first, ran));
    first.isIn(this);
  }

  /** Whether a call may be committed with others: nobody comes or goes with it, no timer is due. */
  static boolean mayTake(HookCall call) {
    return call instanceof HookCall.Message || call instanceof HookCall.Request;
  }

  /** The code and the memory that all of them run in. */
  LoadedModule module() {
    return module;
  }

  /** What those that have run have changed. */
  RoomChanges changes() {
    return changes;
  }

  /** Where the first one is; null in a room of this process. */
  @Nullable RoomVisit visit() {
    return first.visit();
  }

  /** Whether a message of that number, or a higher one, has run in this group. */
  boolean hasTaken(HookCall.Message message) {
    return message.number() > 0
        && numbers.getOrDefault(message.connection(), 0L) >= message.number();
  }

  /**
   * Runs those that wait, as long as there is space, and commits all.
   *
   * @param waiting the second one
   */
  void runAndCommit(HookRun waiting) {
    note(first);
    HookRun next = waiting;
    try {
      while (next != null && runNext(next)) {
        next = isFull() ? null : turn.takeNext(HookGroup::mayTake);
      }
    } catch (Throwable defect) { // of ours, or no memory: nothing has happened yet
      log.error("hooks of room {} could not run together", first.call().address(), defect);
      runAgain();
      return;
    }
    commit();
  }

  /** Whether a hook is in the group now, and others may come after it. */
  private boolean runNext(HookRun next) {
    next.isIn(this);
    HookRun.Ran ran;
    try {
      ran = next.runOnTop(this);
    } catch (Throwable defect) {
      log.error("room {}: {} could not run", next.call().address(), next.call().hook(), defect);
      ran = null;
    }
    if (ran == null) {
      rests.add(new Rest(next, next::runAlone));
      return false;
    }
    if (ran.failure() != null) {
      HookRun.Ran failed = ran;
      rests.add(new Rest(next, () -> next.settle(failed)));
      return false;
    }
    members.add(new Member(next, ran));
    note(next);
    if (ran.outcome() == null && ran.transaction() != null) {
      changes.add(ran.transaction());
    }
    return true;
  }

  private void note(HookRun run) {
    if (run.call() instanceof HookCall.Message message && message.number() > 0) {
      numbers.put(message.connection(), message.number());
    }
  }

  private boolean isFull() {
    return members.size() >= mostHooks
        || changes.entries().size() >= MAX_ENTRIES
        || changes.keys() >= MAX_KEYS
        || changes.bytes() >= MAX_BYTES
        || System.nanoTime() - begin >= mostNanos;
  }

  private void commit() {
    orAbort(
        () -> {
          members.forEach(each -> each.run().steps().begin(Step.COMMIT, each.run().call().hook()));
          CompletableFuture<CommitResult> answer = attempts.commit(changes::transaction);
          if (answer.isDone()) {
            answered(answer);
          } else {
            var unused =
                answer.whenCompleteAsync(
                    (result, error) -> orAbort(() -> answered(answer)), turn::goOn);
          }
        });
  }

  /** A step after which nobody may run again: it may have been committed. */
  private void orAbort(Runnable step) {
    try {
      step.run();
    } catch (Throwable defect) { // of ours
      ending = true;
      members.forEach(member -> member.run().abort(defect));
      ending = false;
      goOn();
    }
  }

  private void answered(CompletableFuture<CommitResult> answer) {
    CommitResult result;
    try {
      result = answer.join();
    } catch (CompletionException | CancellationException e) {
      members.forEach(each -> each.run().steps().end(false));
      notCommitted(KvFailure.cause(e));
      return;
    }
    boolean isCommitted = result.isCommitted();
    members.forEach(each -> each.run().steps().end(isCommitted));
    if (result instanceof CommitResult.Committed committed) {
      committed(committed);
      return;
    }
    if (result instanceof CommitResult.Conflict) {
      members.forEach(member -> member.run().tellOfConflict());
    }
    runAgain(); // whoever is fenced, or loses again, is told so when it is alone
  }

  private void committed(CommitResult.Committed committed) {
    turn.committed(members.size());
    changes.committed(committed);
    RoomVisit entered = visit();
    if (entered == null) {
      endMembers();
      return;
    }
    for (Member member : members) {
      member.run().taken(entered);
      member.run().steps().begin(Step.DELIVERY, member.run().call().hook());
    }
    CompletableFuture<Void> performed =
        entered.whenPerformed(committed, changes.entries(), first.limits().commitTime());
    if (performed.isDone()) {
      endMembers();
    } else {
      var unused =
          performed.whenCompleteAsync((done, error) -> orAbort(this::endMembers), turn::goOn);
    }
  }

  private void endMembers() {
    ending = true;
    for (Member member : members) {
      guarded(member.run(), () -> member.run().endWell(member.ran()));
    }
    ending = false;
    goOn();
  }

  /** The store has not confirmed it. */
  private void notCommitted(Throwable error) {
    if (isDecided(error)) {
      runAgain();
      return;
    }
    turn.conflicted();
    forget();
    SandboxException typed = attempts.typed(error);
    List<Rest> after = List.copyOf(rests);
    rests.clear();
    for (Member member : members) {
      rests.add(new Rest(member.run(), () -> member.run().endNotCommitted(member.ran(), typed)));
    }
    after.forEach(rest -> rests.add(new Rest(rest.run(), rest.run()::runAlone)));
    goOn();
  }

  /** Whether the store has said that nothing happened, and would say so of the same again. */
  private static boolean isDecided(Throwable error) {
    return error instanceof StoreException refused
        && (KvFailure.isFinal(refused) || refused.kind() == StoreException.Kind.CONFLICT);
  }

  /** Nothing has happened: each runs again, by itself. */
  private void runAgain() {
    turn.conflicted();
    forget();
    List<Rest> after = List.copyOf(rests);
    rests.clear();
    members.forEach(member -> rests.add(new Rest(member.run(), member.run()::runAlone)));
    after.forEach(rest -> rests.add(new Rest(rest.run(), rest.run()::runAlone)));
    goOn();
  }

  /** What the room remembers of these runs did not happen. */
  private void forget() {
    first.undoMemory(module);
    members.forEach(member -> member.run().dropRecording());
    rests.forEach(rest -> rest.run().dropRecording());
  }

  /** One of the group has ended. */
  void ended(HookRun run) {
    if (run != first) {
      run.endPlace();
    }
    if (!ending) {
      goOn();
    }
  }

  /** The next goes on by itself, or the turn ends. */
  private void goOn() {
    Rest next = rests.poll();
    if (next == null) {
      turn.end();
    } else {
      turn.follow(() -> guarded(next.run(), next.steps()));
    }
  }

  /** Whatever goes wrong with one, the others end. */
  private static void guarded(HookRun run, Runnable steps) {
    try {
      steps.run();
    } catch (Throwable defect) { // of ours
      run.abort(defect);
    }
  }
}
