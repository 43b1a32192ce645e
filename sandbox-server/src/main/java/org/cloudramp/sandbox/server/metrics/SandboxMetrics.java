package org.cloudramp.sandbox.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.core.SandboxObserver;
import org.jspecify.annotations.Nullable;

/** Counts and times what a sandbox does besides hooks. Thread-safe. */
final class SandboxMetrics implements SandboxObserver {
  private static final String DONE = "done";
  private static final String FAILED = "failed";

  private final DistributionDataPoint loads;
  private final DistributionDataPoint failedLoads;
  private final DistributionDataPoint compiles;
  private final DistributionDataPoint failedCompiles;
  private final Map<Eviction, Counter> evictions;
  private final Map<CommitEnd, DistributionDataPoint> commits;
  private final Map<Retry, Counter> retries;
  private final Map<KvOperation, OfOperation> kv;

  /** What a KV store answers to one kind of question. */
  private record OfOperation(
      DistributionDataPoint done, Map<StoreException.Kind, DistributionDataPoint> troubles) {}

  /** Nothing is counted yet; all that can be counted is there, as 0. */
  SandboxMetrics(MeterRegistry registry, Times times) {
    Histogram load =
        times.histogram(
            "sandbox_load_seconds",
            "loads of modules into slots, from the store or from kept code",
            "outcome");
    loads = load.labelValues(DONE);
    failedLoads = load.labelValues(FAILED);
    Histogram compile =
        times.histogram("sandbox_compile_seconds", "compiles, of uploads as well", "outcome");
    compiles = compile.labelValues(DONE);
    failedCompiles = compile.labelValues(FAILED);
    evictions =
        each(
            Eviction.class,
            why ->
                Counter.builder("sandbox.table.evictions")
                    .description("modules that gave up their slots, by why")
                    .tag("reason", label(why))
                    .register(registry));
    Histogram commit =
        times.histogram(
            "sandbox_commit_seconds", "commits, for the hooks that waited for them", "outcome");
    commits = each(CommitEnd.class, end -> commit.labelValues(label(end)));
    retries =
        each(
            Retry.class,
            why ->
                Counter.builder("sandbox.commit.retries")
                    .description("commits that are asked for again, by why")
                    .tag("reason", label(why))
                    .register(registry));
    Histogram answers =
        times.histogram(
            "sandbox_kv_seconds",
            "answers of the KV store, with write-behind as well",
            "operation",
            "outcome");
    kv =
        each(
            KvOperation.class,
            operation ->
                new OfOperation(
                    answers.labelValues(label(operation), DONE),
                    each(
                        StoreException.Kind.class,
                        trouble -> answers.labelValues(label(operation), label(trouble)))));
  }

  private static <E extends Enum<E>, V> Map<E, V> each(Class<E> type, Function<E, V> value) {
    Map<E, V> all = new EnumMap<>(type);
    for (E each : type.getEnumConstants()) {
      all.put(each, value.apply(each));
    }
    return all;
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static <E, V> V of(Map<E, V> all, E key) {
    return Objects.requireNonNull(all.get(key));
  }

  @Override
  public void loaded(ModuleVersion version, long nanos) {
    loads.observe(Times.seconds(nanos));
  }

  @Override
  public void notLoaded(ModuleVersion version, long nanos) {
    failedLoads.observe(Times.seconds(nanos));
  }

  @Override
  public void compiled(boolean succeeded, long nanos) {
    (succeeded ? compiles : failedCompiles).observe(Times.seconds(nanos));
  }

  @Override
  public void evicted(ModuleVersion version, Eviction why) {
    of(evictions, why).increment();
  }

  @Override
  public void commitEnded(CommitEnd end, long nanos) {
    of(commits, end).observe(Times.seconds(nanos));
  }

  @Override
  public void retried(Retry why) {
    of(retries, why).increment();
  }

  @Override
  public void kvAnswered(KvOperation operation, StoreException.@Nullable Kind trouble, long nanos) {
    OfOperation answers = of(kv, operation);
    (trouble == null ? answers.done() : of(answers.troubles(), trouble))
        .observe(Times.seconds(nanos));
  }
}
