package org.cloudramp.sandbox.hostile;

import java.util.List;
import java.util.Locale;

/** Prints what was measured. */
final class Figures {
  private Figures() {}

  /**
   * Percentiles in milliseconds.
   *
   * @param nanoseconds sorted
   */
  static String percentiles(List<Long> nanoseconds) {
    return String.format(
        Locale.ROOT,
        "n=%d p50=%.2f p99=%.2f p99.9=%.2f max=%.2f ms",
        nanoseconds.size(),
        at(nanoseconds, 0.5),
        at(nanoseconds, 0.99),
        at(nanoseconds, 0.999),
        at(nanoseconds, 1));
  }

  private static double at(List<Long> sorted, double quantile) {
    int index = (int) Math.ceil(quantile * sorted.size()) - 1;
    return sorted.get(Math.max(0, index)) / 1e6;
  }

  static void print(String format, Object... arguments) {
    System.out.printf(Locale.ROOT, format + "%n", arguments);
  }
}
