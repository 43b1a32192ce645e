package org.cloudramp.sandbox.core.function;

import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.hook.Emission;

/**
 * An effect that a hook has asked for and that has not happened yet.
 *
 * @param type both parts of the function's name, such as {@code room.broadcast}
 * @param action what is to happen
 * @param emission what the hook's events will say of it
 * @param size of the request, in bytes
 */
public record PendingEffect(String type, Action action, Emission emission, int size) {
  /** What is to happen. */
  @FunctionalInterface
  public interface Action {
    /** Performs it; a plugin's code is waited for as long as the call has time. */
    void run(HostCall call) throws Exception;
  }

  /**
   * Performs it.
   *
   * @param call says how much time there is for effects
   */
  public void perform(HostCall call) throws Exception {
    action.run(call);
  }
}
