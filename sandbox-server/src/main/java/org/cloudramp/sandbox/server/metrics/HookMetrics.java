package org.cloudramp.sandbox.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Histogram;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookResult;

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

  private static final int HOOKS = Hook.values().length;
  private static final int OUTCOMES = HookOutcomeLabel.values().length;

  private final MeterRegistry registry;
  private final Histogram times;
  private final Supplier<String> engine;
  private final int maxServices;
  private final Map<ServiceId, OfService> services = new ConcurrentHashMap<>();
  private final OfService others = new OfService(OTHERS);

  /** Whether there are as many services with labels as there may be. */
  private volatile boolean full;

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
    this.maxServices = maxServices;
    this.full = maxServices == 0;
  }

  @Override
  public void onEnd(HookResult result) {
    OfService service = of(result.version().service());
    Hook hook = result.call().hook();
    service.count(hook, HookOutcomeLabel.of(result.outcome()));
    service.time(hook, result.elapsed().toNanos());
  }

  @Override
  public void onAbort(HookCall call, Throwable cause) {
    HookOutcomeLabel outcome = HookOutcomeLabel.ofAbort(cause);
    OfService service =
        outcome.provesService()
            ? of(call.service())
            : services.getOrDefault(call.service(), others);
    service.count(call.hook(), outcome);
  }

  private OfService of(ServiceId service) {
    OfService known = services.get(service);
    if (known != null) {
      return known;
    }
    return full ? others : added(service);
  }

  private synchronized OfService added(ServiceId service) {
    OfService known = services.get(service);
    if (known != null || full) {
      return known == null ? others : known;
    }
    OfService made = new OfService(service.value());
    services.put(service, made);
    full = services.size() >= maxServices;
    return made;
  }

  /** What is counted of one service, or of all others. Each is made when it is first needed. */
  @SuppressWarnings("EnumOrdinal") // of arrays that end with the process: nothing is looked up
  private final class OfService {
    private final String label;
    private final AtomicReferenceArray<Counter> counters =
        new AtomicReferenceArray<>(HOOKS * OUTCOMES);
    private final AtomicReferenceArray<DistributionDataPoint> timers =
        new AtomicReferenceArray<>(HOOKS);

    OfService(String label) {
      this.label = label;
    }

    void count(Hook hook, HookOutcomeLabel outcome) {
      int index = hook.ordinal() * OUTCOMES + outcome.ordinal();
      Counter counter = counters.get(index);
      if (counter == null) { // two who make it get the same one
        counter =
            Counter.builder("sandbox.hooks")
                .description("hooks, by what became of them")
                .tag("service", label)
                .tag("hook", hook.export())
                .tag("outcome", outcome.toString())
                .tag("engine", engine.get())
                .register(registry);
        counters.set(index, counter);
      }
      counter.increment();
    }

    void time(Hook hook, long nanos) {
      DistributionDataPoint timer = timers.get(hook.ordinal());
      if (timer == null) {
        timer = times.labelValues(label, hook.export(), engine.get());
        timers.set(hook.ordinal(), timer);
      }
      timer.observe(Times.seconds(nanos));
    }
  }
}
