package org.cloudramp.sandbox.core.publish;

import com.github.benmanes.caffeine.cache.AsyncLoadingCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which version of each service is live, as far as this process knows. Thread-safe.
 *
 * <p>While a service is used, the store is asked in the background and nobody waits for it; after a
 * pause the first hook waits. If the store then cannot be asked, the last answer stands.
 *
 * <p>Anybody can ask for services, by as many names as they like: whoever asks for one that is not
 * known to exist waits behind others who do, and not in front of those that are.
 */
public final class CurrentVersions {
  private static final Logger log = LoggerFactory.getLogger(CurrentVersions.class);

  /** So many refreshes without a use, and an answer is too old to be given without asking. */
  private static final int STALE_AFTER_REFRESHES = 2;

  private static final int MAX_SERVICES = 100_000;

  /** By so much the time may be behind, to which answers are as old as they are. */
  private static final long LAG_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final ModuleStore store;
  private final Consumer<ModuleVersion> onChange;

  /**
   * By {@link System#nanoTime}, as those who ask have said it: they know it, and to read a clock
   * takes as long as the look into the cache.
   */
  private volatile long now = System.nanoTime();

  private final AsyncLoadingCache<ServiceId, Optional<ModuleVersion>> cache;

  /** What the store said last, for the time it does not answer. */
  private final Cache<ServiceId, Optional<ModuleVersion>> lastKnown =
      Caffeine.newBuilder().maximumSize(MAX_SERVICES).build();

  /**
   * Asks the store as needed.
   *
   * @param refresh how long an answer is good before the store is asked again
   * @param asking where the store is asked about services that are known to exist
   * @param askingOfUnknown where it is asked about others
   * @param onChange told of the version that is live from now on, when it was another before
   */
  public CurrentVersions(
      ModuleStore store,
      Duration refresh,
      Executor asking,
      Executor askingOfUnknown,
      Consumer<ModuleVersion> onChange) {
    this.store = store;
    this.onChange = onChange;
    this.cache =
        Caffeine.newBuilder()
            .maximumSize(MAX_SERVICES)
            .refreshAfterWrite(refresh)
            .expireAfterWrite(refresh.multipliedBy(STALE_AFTER_REFRESHES))
            .ticker(() -> now)
            .executor(Runnable::run) // its own work, which is less than to wake a thread for it
            .buildAsync(
                (service, unused) ->
                    CompletableFuture.supplyAsync(
                        () -> ask(service), hasSeen(service) ? asking : askingOfUnknown));
  }

  /**
   * The live version; already complete unless the store has to be asked first.
   *
   * @param time by {@link System#nanoTime}, now or a moment ago
   */
  public CompletableFuture<Optional<ModuleVersion>> of(ServiceId service, long time) {
    notice(time);
    return cache.get(service);
  }

  /** Written seldom: all threads read it. */
  private void notice(long time) {
    if (time - now > LAG_NANOS) {
      now = time;
    }
  }

  /** Whether the service had a live version when the store was last asked; asks nobody. */
  public boolean hasSeen(ServiceId service) {
    return lastKnown.asMap().containsKey(service);
  }

  /** Somebody has just made this version live here: nobody needs to ask. */
  public void changed(ModuleVersion version) {
    notice(System.nanoTime());
    Optional<ModuleVersion> known = Optional.of(version);
    remember(version.service(), known);
    cache.synchronous().put(version.service(), known);
  }

  /** Somebody has just deleted this service here: it has no live version. */
  public void deleted(ServiceId service) {
    notice(System.nanoTime());
    lastKnown.invalidate(service);
    cache.synchronous().put(service, Optional.empty());
  }

  private void remember(ServiceId service, Optional<ModuleVersion> live) {
    Optional<ModuleVersion> before = lastKnown.asMap().put(service, live);
    if (before != null && !before.equals(live)) {
      live.ifPresent(onChange);
    }
  }

  private Optional<ModuleVersion> ask(ServiceId service) {
    try {
      Optional<ModuleVersion> answer = store.current(service);
      if (answer.isPresent()) {
        remember(service, answer);
      } else {
        lastKnown.invalidate(service);
      }
      return answer;
    } catch (StoreException e) {
      Optional<ModuleVersion> known = lastKnown.getIfPresent(service);
      if (known == null) {
        throw e;
      }
      log.warn(
          "store '{}' did not say which version of service '{}' is live; {} goes on",
          store.name(),
          service,
          known.map(ModuleVersion::toString).orElse("none"),
          e);
      return known;
    }
  }
}
