package org.cloudramp.sandbox.core.observe;

import java.util.Collection;
import java.util.List;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells several listeners, and keeps what they throw away from the room. */
public final class HookListeners implements HookListener {
  private static final Logger log = LoggerFactory.getLogger(HookListeners.class);

  private final List<HookListener> listeners;

  /** Tells them in this order. */
  public HookListeners(Collection<HookListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  @Override
  public void onBegin(HookCall call) {
    for (HookListener listener : listeners) {
      try {
        listener.onBegin(call);
      } catch (Throwable e) {
        failed(listener, e);
      }
    }
  }

  @Override
  public void onEnd(HookResult result) {
    for (HookListener listener : listeners) {
      try {
        listener.onEnd(result);
      } catch (Throwable e) {
        failed(listener, e);
      }
    }
  }

  @Override
  public void onAbort(HookCall call, Throwable cause) {
    for (HookListener listener : listeners) {
      try {
        listener.onAbort(call, cause);
      } catch (Throwable e) {
        failed(listener, e);
      }
    }
  }

  /** A listener that fails must not stop the room. */
  private static void failed(HookListener listener, Throwable failure) {
    log.error("hook listener {} failed", listener.getClass().getName(), failure);
  }
}
