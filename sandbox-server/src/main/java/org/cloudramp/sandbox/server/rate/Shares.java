package org.cloudramp.sandbox.server.rate;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.Optional;

/**
 * The shares of all users, or all addresses, or all services. Thread-safe.
 *
 * <p>A share is there as long as a connection holds it, and then until it is full again in any
 * case, because a new one is no different. So whoever comes again and again finds what they have
 * left. Those whom no connection holds are {@value #MAX_REMEMBERED} at most; of more, whose was
 * used longest ago is forgotten, and begins with a full one: enough strangers can bring that about,
 * each of whom is then limited by whatever else there is.
 *
 * @param <K> a user, an address or a service
 */
final class Shares<K> {
  /** Of some 500 bytes each. */
  static final int MAX_REMEMBERED = 10_000;

  private final Limit.Whose whose;
  private final RateSettings settings;
  private final TimeMeter time;

  /** Those that anybody holds, or that are remembered: no more than connections and those. */
  private final Cache<K, Share> held = Caffeine.newBuilder().weakValues().build();

  private final Cache<K, Share> remembered;

  private Shares(Limit.Whose whose, RateSettings settings, Duration memory, TimeMeter time) {
    this.whose = whose;
    this.settings = settings;
    this.time = time;
    this.remembered =
        Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .expireAfterAccess(memory)
            .ticker(time::currentTimeNanos)
            .build();
  }

  /** Nobody has taken anything yet. Empty if nothing of that kind is limited. */
  static <K> Optional<Shares<K>> of(Limit.Whose whose, RateSettings settings, TimeMeter time) {
    return settings.rates().entrySet().stream()
        .filter(each -> each.getKey().whose() == whose)
        .map(each -> each.getValue().period())
        .max(Duration::compareTo)
        .map(memory -> new Shares<>(whose, settings, memory, time));
  }

  /** Somebody's share, as it is or new. */
  Share of(K key) {
    Share share =
        held.get(
            key,
            each -> new Share(whose, settings, time, released -> remembered.put(key, released)));
    remembered.put(key, share);
    return share;
  }

  /** For tests: how many are remembered after what is due has been forgotten. */
  long remembered() {
    remembered.cleanUp();
    return remembered.estimatedSize();
  }
}
