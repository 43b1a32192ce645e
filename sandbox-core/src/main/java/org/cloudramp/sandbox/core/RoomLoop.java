package org.cloudramp.sandbox.core;

/**
 * A loop of the embedder's that has work of its own, such as sockets to read and to write, and on
 * which rooms have their turns: what a room's hook has asked for is then on its way without any
 * other thread. Thread-safe.
 *
 * <p>A turn is foreign code. The loop must be able to go on, on another thread, when a turn takes
 * too long; and a turn must not touch what belongs to the loop, but ask for it ({@link
 * Turn#ended}).
 */
public interface RoomLoop {
  /**
   * Whether it takes turns now. If not, because too many have taken too long or it has ended, they
   * run on the threads of the sandbox.
   */
  boolean takesTurns();

  /**
   * Runs something quick on the loop: now, if the caller is on it; when the turn ends that the
   * caller is in; or soon, after all that the caller's thread has asked of the loop before.
   */
  void execute(Runnable task);

  /**
   * As {@link #execute(Runnable)}, but on the loop it runs now only if nothing waits that others
   * have asked for: what another thread has asked of the loop before comes first.
   */
  void enqueue(Runnable task);

  /** Runs a turn, soon and once. On the loop. */
  void execute(Turn turn);

  /** One turn of a room. */
  interface Turn {
    /** Runs it, however long that takes. Does not throw. */
    void run();

    /**
     * It has taken too long, and the loop goes on without it; on the loop, while {@link #run} still
     * runs on another thread. Quick, and waits for nothing.
     */
    void overstayed();

    /**
     * It has run, and all that it has asked of the loop has been done; on the loop. Quick, and
     * waits for nothing.
     */
    void ended();
  }
}
