package org.cloudramp.sandbox.server.metrics;

import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/**
 * Histograms of how long something took. They are those of Prometheus's own client, because to
 * record a time in one of Micrometer's takes five times as long.
 */
final class Times {
  private static final double NANOS_PER_SECOND = 1e9;

  /** From a warm hook to what nobody waits for, in seconds. */
  private static final double[] BOUNDS = {
    0.000_005, 0.000_02, 0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5
  };

  private final PrometheusRegistry registry;

  Times(PrometheusRegistry registry) {
    this.registry = registry;
  }

  /**
   * A histogram without times.
   *
   * @param name ends in {@code _seconds}
   */
  Histogram histogram(String name, String meaning, String... labels) {
    return Histogram.builder()
        .name(name)
        .help(meaning)
        .labelNames(labels)
        .classicOnly()
        .classicUpperBounds(BOUNDS)
        .withoutExemplars()
        .register(registry);
  }

  static double seconds(long nanos) {
    return nanos / NANOS_PER_SECOND;
  }
}
