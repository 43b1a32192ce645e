package org.cloudramp.sandbox.core.run;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps versions that fail again and again from running. Thread-safe.
 *
 * <p>So many faults within a window, and the version is not run for a while; if its first fault
 * afterwards comes within another window, it rests twice as long. A new version of the service
 * starts with a clean record.
 */
public final class Quarantine {
  /**
   * When to stop running a version.
   *
   * @param faults so many within the window; 0 for never
   * @param window how far back faults count
   * @param rest how long the first time
   * @param longestRest how long at most
   */
  public record Policy(int faults, Duration window, Duration rest, Duration longestRest) {}

  /**
   * A version that rests.
   *
   * @param version which
   * @param remaining how much longer
   * @param lastFault the message of its last fault
   */
  public record Rest(ModuleVersion version, Duration remaining, String lastFault) {}

  private static final Logger audit = LoggerFactory.getLogger("org.cloudramp.sandbox.audit");

  /** A record outlives its hook, so what a guest said is not kept at any length. */
  private static final int MAX_CAUSE = 300;

  private static final int MAX_RECORDS = 100_000;

  private final Policy policy;
  private final LongSupplier ticker;
  private final Cache<ModuleVersion, Conduct> records;

  /** What a version has done so far. Guarded by itself. */
  private static final class Conduct {
    final ArrayDeque<Long> faults = new ArrayDeque<>();
    boolean resting;
    long restUntil;
    Duration lastRest = Duration.ZERO;
    String lastCause = "";
  }

  /**
   * Nobody is in quarantine yet.
   *
   * @param ticker nanoseconds, as {@link System#nanoTime}
   */
  public Quarantine(Policy policy, LongSupplier ticker) {
    this.policy = policy;
    this.ticker = ticker;
    this.records =
        Caffeine.newBuilder()
            .maximumSize(MAX_RECORDS)
            .expireAfterAccess(policy.longestRest().plus(policy.window()).multipliedBy(2))
            .build();
  }

  /** Why the version may not run now, if it may not. */
  Optional<RefusedException> check(ModuleVersion version) {
    Conduct conduct = records.getIfPresent(version);
    if (conduct == null) {
      return Optional.empty();
    }
    synchronized (conduct) {
      if (!conduct.resting) {
        return Optional.empty();
      }
      long left = conduct.restUntil - ticker.getAsLong();
      if (left <= 0) {
        conduct.resting = false;
        return Optional.empty();
      }
      return Optional.of(
          new RefusedException(
              RefusedException.Kind.QUARANTINED,
              "%s is in quarantine for %d more seconds after repeated faults, the last: %s; publish a new version, or let the operator lift it"
                  .formatted(
                      version,
                      Math.max(1, Duration.ofNanos(left).toSeconds()),
                      conduct.lastCause)));
    }
  }

  /** A run of the version has failed by its own fault. */
  public void fault(ModuleVersion version, GuestException cause) {
    if (policy.faults() == 0) {
      return;
    }
    Conduct conduct = records.get(version, v -> new Conduct());
    synchronized (conduct) {
      long now = ticker.getAsLong();
      conduct.lastCause = InertText.cut(String.valueOf(cause.getMessage()), MAX_CAUSE);
      conduct.faults.add(now);
      while (now - conduct.faults.element() > policy.window().toNanos()) {
        conduct.faults.remove();
      }
      boolean again =
          !conduct.lastRest.isZero() && now - conduct.restUntil < policy.window().toNanos();
      if (!conduct.resting && (again || conduct.faults.size() >= policy.faults())) {
        rest(version, conduct, again, now);
      }
    }
  }

  private void rest(ModuleVersion version, Conduct conduct, boolean again, long now) {
    Duration rest = again ? conduct.lastRest.multipliedBy(2) : policy.rest();
    conduct.lastRest = rest.compareTo(policy.longestRest()) > 0 ? policy.longestRest() : rest;
    conduct.restUntil = now + conduct.lastRest.toNanos();
    conduct.resting = true;
    audit.warn(
        "{} is in quarantine for {}: {} faults within {}, the last: {}",
        version,
        conduct.lastRest,
        conduct.faults.size(),
        policy.window(),
        conduct.lastCause);
    conduct.faults.clear();
  }

  /** The versions that rest now, the one that rests longest first. */
  public List<Rest> resting() {
    List<Rest> resting = new ArrayList<>();
    records
        .asMap()
        .forEach(
            (version, conduct) -> {
              synchronized (conduct) {
                long left = conduct.restUntil - ticker.getAsLong();
                if (conduct.resting && left > 0) {
                  resting.add(new Rest(version, Duration.ofNanos(left), conduct.lastCause));
                }
              }
            });
    resting.sort(Comparator.comparing(Rest::remaining).reversed());
    return resting;
  }

  /** Forgets what the version has done, so that it runs again at once. */
  public void lift(ModuleVersion version) {
    if (records.asMap().remove(version) != null) {
      audit.info("{}: quarantine and faults are lifted", version);
    }
  }
}
