package org.cloudramp.sandbox.testkit.rooms;

import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookResult;

/** What has come of the timers of a room, until somebody looks. Thread-safe. */
final class FiredTimers implements HookListener {
  private List<HookResult> results = new ArrayList<>();

  @Override
  public synchronized void onEnd(HookResult result) {
    if (result.call() instanceof HookCall.Timer) {
      results.add(result);
    }
  }

  /** Gives what has come since it was asked last. */
  synchronized List<HookResult> take() {
    List<HookResult> taken = results;
    results = new ArrayList<>();
    return taken;
  }
}
