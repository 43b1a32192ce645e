package org.cloudramp.sandbox.core;

import org.cloudramp.sandbox.api.hook.HookCall;
import org.jspecify.annotations.Nullable;

/**
 * Asked who follows the timers that this process fires, as the caller of {@link Sandbox#submit}
 * follows its own calls: see {@link SandboxBuilder#timerListener}. Thread-safe.
 */
@FunctionalInterface
public interface TimerListener {
  /**
   * A timer is due, and is handed to its room. One whose hook fails comes again later.
   *
   * @return who hears what becomes of it this time; null if nobody does, which costs nothing
   */
  Submission.@Nullable Listener fires(HookCall.Timer call);
}
