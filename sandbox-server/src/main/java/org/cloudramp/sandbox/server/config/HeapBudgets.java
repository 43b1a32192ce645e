package org.cloudramp.sandbox.server.config;

import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Whether all that may be taken of the heap fits in it together. Each budget is kept for itself,
 * and whoever attacks may fill all of them at once.
 */
public final class HeapBudgets {
  /** The rest is for the collector, and for what the server takes for itself. */
  private static final int PERCENT = 80;

  /** Of an idle one. */
  private static final int BYTES_PER_CONNECTION = 2 << 10;

  private static final int MEBIBYTE = 1 << 20;

  private HeapBudgets() {}

  /** All of them, by the settings that say how large they are. */
  public static Map<String, Long> of(ServerSettings server, Map<String, Long> ofTheSandbox) {
    Map<String, Long> budgets = new TreeMap<>(ofTheSandbox);
    budgets.put("server.unfinishedBytes", (long) server.unfinishedBytes());
    budgets.put("server.queuedBytes", (long) server.queuedBytes());
    budgets.put("server.outgoingBytes", (long) server.outgoingBytes());
    budgets.put("server.connections", (long) BYTES_PER_CONNECTION * server.connections());
    return budgets;
  }

  /**
   * What to tell the operator; empty if they fit.
   *
   * @param heap how large it can become, in bytes
   */
  public static Optional<String> complaint(Map<String, Long> budgets, long heap) {
    long all = budgets.values().stream().mapToLong(Long::longValue).sum();
    if (all <= heap / 100 * PERCENT) {
      return Optional.empty();
    }
    String largestFirst =
        budgets.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
            .map(each -> "%s %d".formatted(each.getKey(), each.getValue() / MEBIBYTE))
            .collect(Collectors.joining(", "));
    return Optional.of(
        String.format(
            Locale.ROOT,
            "the budgets together are %d MiB, over %d %% of a heap of %d MiB: who fills all of them at once brings the server down. Make the heap larger (-Xmx) or one of them smaller; in MiB: %s",
            all / MEBIBYTE,
            PERCENT,
            heap / MEBIBYTE,
            largestFirst));
  }
}
