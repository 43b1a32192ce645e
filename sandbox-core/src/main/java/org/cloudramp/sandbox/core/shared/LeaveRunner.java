package org.cloudramp.sandbox.core.shared;

import java.util.function.Consumer;
import org.cloudramp.sandbox.api.hook.HookCall;

/** Has leaves run, each in its room's order. Thread-safe. */
@FunctionalInterface
public interface LeaveRunner {
  /**
   * Hands a leave in; does not wait.
   *
   * @param ended told, from any thread, whether it is over; false if it is due and tried again
   */
  void run(HookCall.Leave leave, Consumer<Boolean> ended);
}
