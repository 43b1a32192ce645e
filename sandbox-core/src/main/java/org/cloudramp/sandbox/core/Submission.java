package org.cloudramp.sandbox.core;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.jspecify.annotations.Nullable;

/** A call that was handed in with {@link Sandbox#submit}. Thread-safe. */
public interface Submission {
  /** The patience of a call that waits for a place as long as it takes. */
  Duration FOREVER = ChronoUnit.FOREVER.getDuration();

  /**
   * Takes the call back, if it has no place in the queue of its room yet.
   *
   * @return whether that was so; nothing more is heard of it then. If not, it runs or has run
   */
  boolean withdraw();

  /**
   * Told what becomes of a call. Runs on the thread that hands the call in or on one that runs
   * guests, so it must be quick, must not wait, and must not throw. {@link #queued} begins before
   * {@link #ended} or {@link #notRun} does; a call that gets no place has no {@code queued}.
   */
  interface Listener {
    /**
     * Who follows this call on its way; asked once, when the call is going to run.
     *
     * @return null if nobody does, which costs nothing
     */
    default @Nullable HookTrace trace() {
      return null;
    }

    /** The call has a place in the queue of its room: it will run, after those before it. */
    default void queued() {}

    /** The hook has run, whatever came of it, and its events are delivered. */
    void ended(HookResult result);

    /** The hook did not run. */
    void notRun(SandboxException reason);
  }
}
