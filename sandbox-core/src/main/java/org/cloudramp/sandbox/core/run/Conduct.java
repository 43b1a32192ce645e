package org.cloudramp.sandbox.core.run;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.cloudramp.sandbox.api.hook.Hook;
import org.jspecify.annotations.Nullable;

/**
 * What a version, or one of its rooms, has done of late: its faults, each held against a source (a
 * room of the version, a sender of the room), and its rests. No single source brings it to rest.
 * Not thread-safe.
 */
final class Conduct {
  /** Sources that are remembered at a time; the oldest is forgotten. */
  private static final int MAX_SOURCES = 1_000;

  /** After a rest so many sources are enough: what has failed for all does so again at once. */
  private static final int SOURCES_ON_PROBATION = 2;

  /** The last fault of a source. */
  private record Fault(Hook hook, int weight, long time) {}

  private final Quarantine.Policy policy;

  /** By source, the last fault last. */
  private final Map<Object, Fault> faults = new LinkedHashMap<>();

  private boolean resting;
  private long restUntil;
  private Duration lastRest = Duration.ZERO;
  private String lastCause = "";

  Conduct(Quarantine.Policy policy) {
    this.policy = policy;
  }

  /**
   * Something has failed that may be the fault of its source alone.
   *
   * @param weight 1, or more for what costs the host more
   * @return how many faults have led to a rest that begins now; 0 if none does
   */
  int fault(Object source, Hook hook, int weight, long now, String cause) {
    // One that no other source confirms is never enough, unless one fault is all it takes.
    add(source, hook, Math.max(1, Math.min(weight, policy.faults() - 1)), now, cause);
    return restIfDue(faults.size() >= SOURCES_ON_PROBATION, now);
  }

  /** Something has failed that has no source but the code itself; returns as {@link #fault}. */
  int faultOfItsOwn(long now, String cause) {
    add(new Object(), Hook.ON_START, 1, now, cause);
    return restIfDue(true, now);
  }

  private void add(Object source, Hook hook, int weight, long now, String cause) {
    lastCause = cause;
    faults.remove(source);
    faults.put(source, new Fault(hook, weight, now));
    Iterator<Fault> oldestFirst = faults.values().iterator();
    while (oldestFirst.hasNext()) {
      boolean old = now - oldestFirst.next().time() > policy.window().toNanos();
      if (!old && faults.size() <= MAX_SOURCES) {
        break;
      }
      oldestFirst.remove();
    }
  }

  private int restIfDue(boolean confirmed, long now) {
    boolean again = !lastRest.isZero() && now - restUntil < policy.window().toNanos();
    int sum = faults.values().stream().mapToInt(Fault::weight).sum();
    if (resting || !((again && confirmed) || sum >= policy.faults())) {
      return 0;
    }
    Duration rest = again ? lastRest.multipliedBy(2) : policy.rest();
    lastRest = rest.compareTo(policy.longestRest()) > 0 ? policy.longestRest() : rest;
    restUntil = now + lastRest.toNanos();
    resting = true;
    int count = faults.size();
    faults.clear();
    return count;
  }

  /** That hook has just ended well: what failed in it was not the fault of this code as a whole. */
  void ranWell(Hook hook) {
    if (!faults.isEmpty()) {
      faults.values().removeIf(fault -> fault.hook() == hook);
    }
  }

  /** How much longer it rests; nothing if it does not. */
  @Nullable Duration remaining(long now) {
    if (!resting) {
      return null;
    }
    long left = restUntil - now;
    if (left <= 0) {
      resting = false;
      return null;
    }
    return Duration.ofNanos(left);
  }

  /** How long the rest is that began last. */
  Duration lastRest() {
    return lastRest;
  }

  /** The message of its last fault. */
  String lastCause() {
    return lastCause;
  }
}
