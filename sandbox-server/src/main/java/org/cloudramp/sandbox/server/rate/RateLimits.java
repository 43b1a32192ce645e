package org.cloudramp.sandbox.server.rate;

import io.github.bucket4j.TimeMeter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.ServiceId;
import org.jspecify.annotations.Nullable;

/**
 * Who has taken how much of late. Thread-safe; nothing here waits.
 *
 * <p>A join is asked about twice: by address and service before anything is done for it, and by
 * user once it is known who that is.
 */
public final class RateLimits {
  private final RateSettings settings;
  private final TimeMeter time;
  private final boolean limitsConnections;
  private final @Nullable Shares<String> users;
  private final @Nullable Shares<Object> addresses;
  private final @Nullable Shares<ServiceId> services;

  /** Nobody has taken anything yet. */
  public RateLimits(RateSettings settings) {
    this(settings, System::nanoTime);
  }

  /**
   * @param ticker nanoseconds, as {@link System#nanoTime}
   */
  RateLimits(RateSettings settings, LongSupplier ticker) {
    this.settings = settings;
    this.time = new Ticker(ticker);
    this.limitsConnections =
        settings.rates().keySet().stream()
            .anyMatch(limit -> limit.whose() == Limit.Whose.CONNECTION);
    this.users = Shares.<String>of(Limit.Whose.USER, settings, time).orElse(null);
    this.addresses = Shares.of(Limit.Whose.ADDRESS, settings, time).orElse(null);
    this.services = Shares.<ServiceId>of(Limit.Whose.SERVICE, settings, time).orElse(null);
  }

  /** The time of a ticker, as buckets ask for it. */
  private record Ticker(LongSupplier nanos) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      return nanos.getAsLong();
    }

    @Override
    public boolean isWallClockBased() {
      return false;
    }
  }

  /**
   * Takes a join from somebody of whom nothing else is known yet. What their service may have is
   * not touched: whoever is turned away then must not use it up for others.
   *
   * @param address what stands for where they come from; null if that is not counted
   * @return what it exceeds; nothing if it may go on
   */
  public Optional<Excess> takeJoin(@Nullable Object address) {
    return address == null || addresses == null
        ? Optional.empty()
        : addresses.of(address).takeJoin();
  }

  /**
   * Takes the same join of somebody who is known now, and may join; of nobody in particular, of the
   * service only.
   *
   * @return what it exceeds; nothing if it may go on
   */
  public Optional<Excess> takeJoin(ServiceId service, Identity identity) {
    if (users != null && isSomebody(identity)) {
      Optional<Excess> excess = users.of(identity.user()).takeJoin();
      if (excess.isPresent()) {
        return excess;
      }
    }
    return services == null ? Optional.empty() : services.of(service).takeJoin();
  }

  /** What a connection may send, from now on. */
  public Allowance allowance(@Nullable Object address, ServiceId service, Identity identity) {
    List<Share> shares = new ArrayList<>();
    if (limitsConnections) {
      shares.add(new Share(Limit.Whose.CONNECTION, settings, time, released -> {}));
    }
    if (users != null && isSomebody(identity)) {
      shares.add(users.of(identity.user()));
    }
    if (addresses != null && address != null) {
      shares.add(addresses.of(address));
    }
    if (services != null) {
      shares.add(services.of(service));
    }
    return shares.isEmpty() ? Allowance.UNLIMITED : new Allowance(shares);
  }

  private static boolean isSomebody(Identity identity) {
    return !identity.user().isEmpty();
  }
}
