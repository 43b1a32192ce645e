package org.cloudramp.sandbox.core.room;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Future;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.core.run.Turn;
import org.jspecify.annotations.Nullable;

/**
 * Something that a room does in its turn. It begins on a thread that runs guests and says when it
 * has ended, which may be later and on another thread.
 */
abstract class RoomTask {
  private static final int TOLD_OF_PLACE = 1;
  private static final int ENDED = 2;
  private static final VarHandle MARKS;

  static {
    try {
      MARKS = MethodHandles.lookup().findVarHandle(RoomTask.class, "marks", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** What has become of it, each once: the sum of the constants above. */
  private volatile int marks;

  private volatile @Nullable Future<?> patience;

  /** Written before it begins. */
  private boolean onCaller;

  /**
   * Begins.
   *
   * @param room whose turn it is
   * @param turn to be ended once, last, whatever came of it
   */
  abstract void begin(Room room, Turn turn);

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
   * @param turn to be ended once, last
   */
  void cannotBegin(Room room, SandboxException reason, Turn turn) {
    refused(reason);
    turn.end();
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
    return mark(ENDED);
  }

  /** Says once that it has a place; whoever comes first, the one who queues or the one who runs. */
  final void tellOfPlace() {
    if (mark(TOLD_OF_PLACE)) {
      endPatience();
      hasPlace();
    }
  }

  /** Whether it has that mark for the first time. */
  private boolean mark(int mark) {
    return ((int) MARKS.getAndBitwiseOr(this, mark) & mark) == 0;
  }

  /** What ends its patience; it holds the task, so it must not outlive the wait. */
  final void waitsUntil(Future<?> timeout) {
    patience = timeout;
    if ((marks & TOLD_OF_PLACE) != 0) {
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
