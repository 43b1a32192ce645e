package org.cloudramp.sandbox.testkit.kv;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands still until a test moves it. Thread-safe. */
public final class ManualClock extends Clock {
  private Instant now = Instant.parse("2026-11-22T12:00:00Z");

  @Override
  public synchronized Instant instant() {
    return now;
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  /** This clock: its zone matters to nobody here. */
  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }

  /** Moves the time. */
  public synchronized void advance(Duration duration) {
    now = now.plus(duration);
  }
}
