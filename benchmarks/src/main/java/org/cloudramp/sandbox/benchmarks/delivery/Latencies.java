package org.cloudramp.sandbox.benchmarks.delivery;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** How long messages took from their speaker and back, counted by the microsecond. */
final class Latencies {
  private static final int MAX_MICROS = 1_000_000;

  private final int[] counts = new int[MAX_MICROS + 1];
  private long count;

  void add(long nanos) {
    counts[(int) Math.min(MAX_MICROS, TimeUnit.NANOSECONDS.toMicros(nanos))]++;
    count++;
  }

  void clear() {
    Arrays.fill(counts, 0);
    count = 0;
  }

  long count() {
    return count;
  }

  /** In microseconds; a million is that or more. */
  int percentile(double part) {
    long wanted = (long) Math.ceil(part * count);
    long seen = 0;
    for (int micros = 0; micros <= MAX_MICROS; micros++) {
      seen += counts[micros];
      if (seen >= wanted) {
        return micros;
      }
    }
    return MAX_MICROS;
  }
}
