package org.cloudramp.sandbox.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Adds to each benchmark the time that Java's threads have had on a processor, in microseconds an
 * operation. On a machine that does something else as well, the time that passes says little, and
 * this nearly as much as ever. The JVM's own threads, its compiler and its collector, are left out.
 *
 * <p>For the command line of JMH: {@code -prof org.cloudramp.sandbox.benchmarks.ThreadTime}.
 */
public final class ThreadTime implements InternalProfiler {
  private static final double NANOS_PER_MICRO = 1_000;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private Map<Long, Long> before = Map.of();

  @Override
  public String getDescription() {
    return "CPU time of Java's threads";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    before = nanosByThread();
  }

  @Override
  public Collection<ScalarResult> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    long nanos = 0;
    for (Map.Entry<Long, Long> thread : nanosByThread().entrySet()) {
      nanos += thread.getValue() - before.getOrDefault(thread.getKey(), 0L);
    }
    return List.of(
        new ScalarResult(
            "cpu",
            nanos / NANOS_PER_MICRO / result.getMetadata().getAllOps(),
            "us/op",
            AggregationPolicy.AVG));
  }

  /** Of those that live. */
  private Map<Long, Long> nanosByThread() {
    Map<Long, Long> nanos = new HashMap<>();
    for (long thread : threads.getAllThreadIds()) {
      long used = threads.getThreadCpuTime(thread);
      if (used >= 0) {
        nanos.put(thread, used);
      }
    }
    return nanos;
  }
}
