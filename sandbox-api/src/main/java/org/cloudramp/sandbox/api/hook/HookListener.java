package org.cloudramp.sandbox.api.hook;

/**
 * Told of each hook, in the order of its room: for one room, {@code onBegin} and {@code onEnd} come
 * in turn and never at the same time; for different rooms they come from different threads.
 *
 * <p>Listeners run on the threads that run guests: they must be quick and must not throw. What they
 * throw is logged and changes nothing.
 */
public interface HookListener {
  /**
   * The call has reached the head of its room's queue; its hook runs next. Where hooks of a room
   * are committed together, it may have run already, on top of those before it, and ends next.
   */
  default void onBegin(HookCall call) {}

  /** The hook has run and its events are delivered. */
  default void onEnd(HookResult result) {}

  /**
   * The hook could not be run at all, for instance because the service has no module. A {@link
   * HookCall.Leave} may begin again after this: it is made up when its version can run.
   */
  default void onAbort(HookCall call, Throwable cause) {}
}
