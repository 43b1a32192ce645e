package org.cloudramp.sandbox.core.transaction;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ids of the commits of hooks, unique among all servers: a random part of this process and a
 * number. Thread-safe.
 *
 * <p>A random id for each would have all hooks wait for one lock, that of the JVM's secure random
 * numbers, and costs more than the rest of a small commit. Nothing depends on ids that cannot be
 * guessed: no guest and no client gets to see one, or to commit under one.
 */
final class TransactionIds {
  private static final String PROCESS = UUID.randomUUID() + "-";
  private static final AtomicLong NUMBER = new AtomicLong();

  private TransactionIds() {}

  /** One that nobody else has. */
  static String next() {
    return PROCESS + Long.toString(NUMBER.incrementAndGet(), Character.MAX_RADIX);
  }
}
