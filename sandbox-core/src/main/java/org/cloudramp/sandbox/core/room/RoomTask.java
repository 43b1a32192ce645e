package org.cloudramp.sandbox.core.room;

import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.jspecify.annotations.Nullable;

/**
 * Something that a room does in its turn. It begins on a thread that runs guests and says when it
 * has ended, which may be later and on another thread.
 */
abstract class RoomTask {
  private final AtomicBoolean toldOfPlace = new AtomicBoolean();
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile @Nullable Future<?> patience;
  private volatile boolean onCaller;

  /**
   * Begins.
   *
   * @param room whose turn it is
   * @param whenEnded to be run once, last, whatever came of it
   */
  abstract void begin(Room room, Runnable whenEnded);

  /**
   * Whether the leaves that are due in the room have to run before it: nobody's hook sees people
   * who have left as if they were still to leave.
   */
  boolean comesAfterDueLeaves() {
    return true;
  }

  /**
   * Ends without having begun, because the leaves before it cannot run.
   *
   * @param reason why they cannot, and so it neither
   * @param whenEnded to be run once, last
   */
  void cannotBegin(Room room, SandboxException reason, Runnable whenEnded) {
    refused(reason);
    whenEnded.run();
  }

  /** It has a place in the queue. */
  void hasPlace() {}

  /** It is not going to begin. */
  abstract void refused(SandboxException reason);

  /** It is going to begin on the thread of whoever handed it in. */
  final void beginsOnCaller() {
    onCaller = true;
  }

  /** Whether it has begun on the thread of whoever handed it in; it may end on another. */
  final boolean hasBegunOnCaller() {
    return onCaller;
  }

  /** Marks it as ended; false if it was so before. */
  final boolean end() {
    return ended.compareAndSet(false, true);
  }

  /** Says once that it has a place; whoever comes first, the one who queues or the one who runs. */
  final void tellOfPlace() {
    if (toldOfPlace.compareAndSet(false, true)) {
      endPatience();
      hasPlace();
    }
  }

  /** What ends its patience; it holds the task, so it must not outlive the wait. */
  final void waitsUntil(Future<?> timeout) {
    patience = timeout;
    if (toldOfPlace.get()) {
      endPatience();
    }
  }

  /** It waits no more: what would have ended its patience is dropped. */
  final void endPatience() {
    Future<?> timeout = patience;
    if (timeout != null) {
      timeout.cancel(false);
    }
  }
}
