package org.cloudramp.sandbox.server.feed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;

/**
 * Counts hooks and their time while somebody wants to know, for those who look at a service and at
 * no metrics. Thread-safe.
 *
 * <p>Counting begins when it is asked for first, and ends when nobody has asked for a minute; then
 * all is forgotten. In between it costs a hook nothing but a look at a field.
 */
public final class HookCounts implements HookListener {
  /** Services that are counted; of others nothing is. */
  static final int MAX_SERVICES = 1_000;

  private static final long WANTED_FOR = Duration.ofMinutes(1).toNanos();

  private final LongSupplier ticker;
  private final Map<ServiceId, OfService> services = new ConcurrentHashMap<>();
  private volatile boolean wanted;
  private volatile long wantedUntil;

  /** Nothing is counted yet. */
  public HookCounts() {
    this(System::nanoTime);
  }

  HookCounts(LongSupplier ticker) {
    this.ticker = ticker;
  }

  /**
   * What is counted of one hook.
   *
   * @param runs those that have ended, however they did
   * @param failed of these, those that failed
   * @param nanos that all took together, waits for the module and the commit included
   */
  public record Count(Hook hook, long runs, long failed, long nanos) {}

  @Override
  public void onEnd(HookResult result) {
    if (!wanted) {
      return;
    }
    if (ticker.getAsLong() - wantedUntil > 0) {
      forget();
      return;
    }
    ServiceId service = result.version().service();
    OfService counts = services.get(service);
    if (counts == null) {
      if (services.size() >= MAX_SERVICES) {
        return;
      }
      counts = services.computeIfAbsent(service, id -> new OfService());
    }
    counts.add(result);
  }

  private synchronized void forget() {
    if (wanted && ticker.getAsLong() - wantedUntil > 0) {
      wanted = false;
      services.clear();
    }
  }

  private synchronized void want() {
    long now = ticker.getAsLong();
    if (wanted && now - wantedUntil > 0) {
      services.clear();
    }
    wantedUntil = now + WANTED_FOR;
    wanted = true;
  }

  /** The hooks of a service that have run since somebody asked first; from now on they count. */
  public List<Count> of(ServiceId service) {
    want();
    OfService counts = services.get(service);
    return counts == null ? List.of() : counts.all();
  }

  /** The same of all services that have run one, by their names. */
  public Map<ServiceId, List<Count>> ofAll() {
    want();
    Map<ServiceId, List<Count>> all = new TreeMap<>(Comparator.comparing(ServiceId::value));
    services.forEach((service, counts) -> all.put(service, counts.all()));
    return all;
  }

  private static final class OfService {
    private final Map<Hook, OfHook> hooks = new EnumMap<>(Hook.class); // changed by nobody

    OfService() {
      for (Hook hook : Hook.values()) {
        hooks.put(hook, new OfHook());
      }
    }

    void add(HookResult result) {
      if (result.outcome() instanceof HookOutcome.Absent) {
        return;
      }
      OfHook of = Objects.requireNonNull(hooks.get(result.call().hook()));
      of.runs.increment();
      of.nanos.add(result.elapsed().toNanos());
      if (result.outcome() instanceof HookOutcome.Failed) {
        of.failed.increment();
      }
    }

    List<Count> all() {
      List<Count> counts = new ArrayList<>();
      hooks.forEach(
          (hook, of) -> {
            if (of.runs.sum() > 0) {
              counts.add(new Count(hook, of.runs.sum(), of.failed.sum(), of.nanos.sum()));
            }
          });
      return counts;
    }
  }

  private static final class OfHook {
    final LongAdder runs = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder nanos = new LongAdder();
  }
}
