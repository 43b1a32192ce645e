package org.cloudramp.sandbox.core.observe;

import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
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
    tell(listener -> listener.onBegin(call));
  }

  @Override
  public void onEnd(HookResult result) {
    tell(listener -> listener.onEnd(result));
  }

  @Override
  public void onAbort(HookCall call, Throwable cause) {
    tell(listener -> listener.onAbort(call, cause));
  }

  private void tell(Consumer<HookListener> news) {
    for (HookListener listener : listeners) {
      try {
        news.accept(listener);
      } catch (Throwable e) { // a listener that fails must not stop the room
        log.error("hook listener {} failed", listener.getClass().getName(), e);
      }
    }
  }
}
