package org.cloudramp.sandbox.core;

import org.cloudramp.sandbox.api.hook.Hook;

/**
 * Told of one call as it goes its way, for whoever follows it: see {@link
 * Submission.Listener#trace}. What becomes of it in the end the listener hears.
 *
 * <ol>
 *   <li>{@link #begun} comes first, once, when the call has its turn; one that is refused before
 *       has none. Then come steps, one after the other.
 *   <li>A step that begins is ended, unless the call ends in it. It may come again, as when others
 *       were faster and the hook runs once more.
 *   <li>Host calls are within {@link Step#GUEST}, one after the other.
 *   <li>Told by one thread at a time, not always the same, while the room waits: be quick, ask
 *       nothing of the sandbox, and do not wait. What is thrown is logged and changes nothing.
 * </ol>
 */
public interface HookTrace {
  /** What a call waits for. */
  enum Step {
    /** A module that is not in a slot is loaded. */
    LOAD,
    /** The guest runs. */
    GUEST,
    /** What the hook has written is committed, alone or with that of others. */
    COMMIT,
    /**
     * What the hook has asked for happens: messages are handed to connections. In a room of many
     * servers that is what this server does of it.
     */
    DELIVERY
  }

  /** It is the call's turn in its room, and a thread is there. */
  default void begun() {}

  /**
   * A step begins.
   *
   * @param hook that runs: that of the call, or {@code onError} after it has failed
   */
  default void begins(Step step, Hook hook) {}

  /**
   * The step that has begun last is over, and the call goes on.
   *
   * @param isWell whether it has done what it is for
   */
  default void ends(boolean isWell) {}

  /**
   * The guest calls the host.
   *
   * @param function both parts of its name, such as {@code room.broadcast}
   */
  default void calls(String function) {}

  /**
   * The host has answered.
   *
   * @param isWell whether the function did what it is for
   */
  default void answered(boolean isWell) {}
}
