package org.cloudramp.sandbox.core.room;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.core.module.RoomMemory;
import org.cloudramp.sandbox.core.schedule.TurnScheduler;
import org.jspecify.annotations.Nullable;

/**
 * One room on this server: its queue, and the memory that its guest keeps. Thread-safe; its lock is
 * held for a look only.
 *
 * <ol>
 *   <li>One task runs; so many as the queue is long have a place; more wait for a place.
 *   <li>All of them go in the order in which they came.
 *   <li>A leave whose hook could not run is due, until it has run or there is nobody to tell.
 *   <li>A room that has neither tasks nor memory nor due leaves is retired, and its address gets a
 *       new one.
 * </ol>
 */
final class Room {
  /** What became of a task that came. */
  enum Arrival {
    /** Nothing else runs: whoever brought it must begin it. */
    RUNS,
    /** It has a place. */
    HAS_PLACE,
    /** It waits for a place. */
    WAITS,
    /** There is no place, and it does not wait for one. */
    REFUSED,
    /** The room is retired. */
    RETIRED
  }

  /**
   * How many leaves may be due: more than a room can have connections to lose while none can join.
   */
  static final int MAX_DUE_LEAVES = 100_000;

  /** More hooks are never committed together. */
  private static final int MAX_TOGETHER = 1_024;

  private final RoomAddress address;
  private final int capacity;
  private final RoomMemory memory;
  private final TurnScheduler.Line turns;

  /** Those with a place, but for the one that runs; made when there is one. */
  private @Nullable ArrayDeque<RoomTask> queue;

  /** Those without a place; made when the first one waits. */
  private @Nullable ArrayDeque<RoomTask> waiting;

  /** Leaves whose hook could not run, the first to leave first; made when there is one. */
  private @Nullable LinkedHashSet<HookCall.Leave> due;

  /** Tasks that have been taken into the turn of the one that runs, and count with it. */
  private int taken;

  /** How many hooks may be committed together; for the task that runs. */
  private int mostTogether = MAX_TOGETHER;

  /** Who has got a place by the last {@link #next}; for the task that runs. */
  private List<RoomTask> admitted = List.of();

  private boolean running;
  private boolean retired;

  /**
   * A room without tasks.
   *
   * @param capacity how many tasks have a place besides the one that runs
   * @param turns where its tasks run
   * @param whenMemoryIsGone run when the guest's memory was taken away from outside
   */
  Room(
      RoomAddress address,
      int capacity,
      TurnScheduler.Line turns,
      Consumer<Room> whenMemoryIsGone) {
    this.address = address;
    this.capacity = capacity;
    this.turns = turns;
    this.memory = new RoomMemory(() -> whenMemoryIsGone.accept(this));
  }

  RoomAddress address() {
    return address;
  }

  /** Where its tasks run. */
  TurnScheduler.Line turns() {
    return turns;
  }

  /** What the guest keeps between the hooks of this room. */
  RoomMemory memory() {
    return memory;
  }

  /**
   * A task has come.
   *
   * @param isPatient whether it waits for a place if there is none
   */
  synchronized Arrival add(RoomTask task, boolean isPatient) {
    if (retired) {
      return Arrival.RETIRED;
    }
    if (!running) {
      running = true;
      return Arrival.RUNS;
    }
    boolean othersWait = waiting != null && !waiting.isEmpty();
    if (!othersWait && queued() + taken < capacity) {
      enqueue(task);
      return Arrival.HAS_PLACE;
    }
    if (!isPatient) {
      return Arrival.REFUSED;
    }
    if (waiting == null) {
      waiting = new ArrayDeque<>();
    }
    waiting.add(task);
    return Arrival.WAITS;
  }

  /** Takes back a task that waits for a place; false if it does not. */
  synchronized boolean remove(RoomTask task) {
    return waiting != null && waiting.remove(task);
  }

  /**
   * Gives the task that is next if it is wanted and no leave is due before it; it keeps its place
   * until the task that runs has ended.
   */
  synchronized @Nullable RoomTask takeNext(Predicate<RoomTask> wanted) {
    ArrayDeque<RoomTask> others = queue;
    RoomTask next = others == null || due != null ? null : others.peek();
    if (others == null || next == null || !wanted.test(next)) {
      return null;
    }
    taken++;
    return others.remove();
  }

  /** How many hooks may be committed together. For the task that runs, as the next two. */
  int mostTogether() {
    return mostTogether;
  }

  /** So many were committed together: next time it may be about twice as many. */
  void committed(int hooks) {
    mostTogether = Math.min(MAX_TOGETHER, Math.max(mostTogether, 2 * hooks));
  }

  /** Others were faster: next time each by itself, so that less has to run again. */
  void conflicted() {
    mostTogether = 1;
  }

  /**
   * The task that ran has ended, and so have those that were taken into its turn.
   *
   * @return the one to begin; null if there is none
   */
  synchronized @Nullable RoomTask next() {
    taken = 0;
    RoomTask next = queue == null ? null : queue.poll();
    if (next == null) {
      running = false;
      admitted = List.of(); // an idle room keeps no messages
      retireIfUnused();
      return null;
    }
    admitted = admit();
    return next;
  }

  /** Those that have got a place by the last {@link #next}. For the task that runs. */
  List<RoomTask> admitted() {
    return admitted;
  }

  private List<RoomTask> admit() {
    if (waiting == null || waiting.isEmpty()) {
      return List.of();
    }
    List<RoomTask> placed = new ArrayList<>(1);
    while (queued() < capacity && !waiting.isEmpty()) {
      RoomTask task = waiting.remove();
      enqueue(task);
      placed.add(task);
    }
    return placed;
  }

  private int queued() {
    return queue == null ? 0 : queue.size();
  }

  private void enqueue(RoomTask task) {
    if (queue == null) {
      queue = new ArrayDeque<>(4);
    }
    queue.add(task);
  }

  /** Nobody gets a place any more: gives those who wait for one. */
  synchronized List<RoomTask> refuseWaiting() {
    List<RoomTask> refused = waiting == null ? List.of() : List.copyOf(waiting);
    waiting = null;
    return refused;
  }

  // Leaves that are due. Only the task that runs settles one.

  /**
   * A leave could not run; false if too many are due already. One that is due is, however often it
   * is tried.
   */
  synchronized boolean owe(HookCall.Leave leave) {
    if (due == null) {
      due = new LinkedHashSet<>();
    }
    return due.contains(leave) || (due.size() < MAX_DUE_LEAVES && due.add(leave));
  }

  /** The leave that is to run next, if one is due. */
  synchronized HookCall.@Nullable Leave firstDue() {
    return due == null ? null : due.iterator().next();
  }

  /** The first leave that was due is no longer. */
  synchronized void settleFirstDue() {
    if (due != null) {
      due.remove(due.iterator().next());
      due = due.isEmpty() ? null : due;
    }
  }

  /** How many leaves are due. */
  synchronized int dueLeaves() {
    return due == null ? 0 : due.size();
  }

  /** Whether it is retired, now or before, because nothing is left of it. */
  synchronized boolean retireIfUnused() {
    retired = retired || (!running && due == null && memory.isEmpty());
    return retired;
  }

  /** How many tasks run or have a place. */
  synchronized int load() {
    return queued() + taken + (running ? 1 : 0);
  }
}
