package org.cloudramp.sandbox.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.server.observe.FirstServices;
import org.cloudramp.sandbox.server.observe.HookOutcomeLabel;
import org.jspecify.annotations.Nullable;

/**
 * Counts hooks and their time by service. Thread-safe.
 *
 * <p>Whoever opens a room names a service, which need not exist: a service has a label of its own
 * when it has proved to be there, and when it is among the first that did. All others share one.
 *
 * <p>Hooks wait for this: what is counted is looked up once, and nothing is made for a hook.
 */
final class HookMetrics implements HookListener {
  /** The label of all services that have none of their own; no service can be called that. */
  static final String OTHERS = "_other";

  private final MeterRegistry registry;
  private final Histogram times;
  private final Supplier<String> engine;
  private final FirstServices<OfService> services;

  /**
   * Nothing is counted yet.
   *
   * @param engine its name; asked for when hooks run
   * @param maxServices with labels of their own
   */
  HookMetrics(MeterRegistry registry, Times times, Supplier<String> engine, int maxServices) {
    this.registry = registry;
    this.times =
        times.histogram(
            "sandbox_hook_seconds",
            "from the begin of a hook to the end of its commit, waits for its module included",
            "service",
            "hook",
            "engine");
    this.engine = engine;
    this.services =
        new FirstServices<>(
            maxServices, service -> new OfService(service.value()), new OfService(OTHERS));
  }

  @Override
  public void onEnd(HookResult result) {
    OfHook hook = services.of(result.version().service()).of(result.call().hook());
    hook.count(HookOutcomeLabel.of(result.outcome()));
    hook.time(result.elapsed().toNanos());
  }

  @Override
  public void onAbort(HookCall call, Throwable cause) {
    HookOutcomeLabel outcome = HookOutcomeLabel.ofAbort(cause);
    OfService service =
        outcome.provesService() ? services.of(call.service()) : services.ofUnproven(call.service());
    service.of(call.hook()).count(outcome);
  }

  /** What is counted of one service, or of all others. */
  private final class OfService {
    private final Map<Hook, OfHook> hooks = new EnumMap<>(Hook.class); // changed by nobody

    OfService(String label) {
      for (Hook hook : Hook.values()) {
        hooks.put(hook, new OfHook(label, hook));
      }
    }

    OfHook of(Hook hook) {
      return Objects.requireNonNull(hooks.get(hook));
    }
  }

  /** What is counted of one hook of a service. Each number is made when it is first needed. */
  private final class OfHook {
    private final String service;
    private final Hook hook;
    private final Map<HookOutcomeLabel, AtomicReference<@Nullable Counter>> counters =
        new EnumMap<>(HookOutcomeLabel.class); // changed by nobody

    private volatile @Nullable DistributionDataPoint timer;

    OfHook(String service, Hook hook) {
      this.service = service;
      this.hook = hook;
      for (HookOutcomeLabel outcome : HookOutcomeLabel.values()) {
        counters.put(outcome, new AtomicReference<>());
      }
    }

    void count(HookOutcomeLabel outcome) {
      AtomicReference<@Nullable Counter> made = Objects.requireNonNull(counters.get(outcome));
      Counter counter = made.get();
      if (counter == null) { // two who make it get the same one
        counter =
            Counter.builder("sandbox.hooks")
                .description("hooks, by what became of them")
                .tag("service", service)
                .tag("hook", hook.export())
                .tag("outcome", outcome.toString())
                .tag("engine", engine.get())
                .register(registry);
        made.set(counter);
      }
      counter.increment();
    }

    void time(long nanos) {
      DistributionDataPoint made = timer;
      if (made == null) {
        made = times.labelValues(service, hook.export(), engine.get());
        timer = made;
      }
      made.observe(Times.seconds(nanos));
    }
  }
}
