package org.cloudramp.sandbox.server.rate;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one connection, user, address or service may take now: a bucket for each limit that is set,
 * full at the beginning. Thread-safe, and without locks.
 */
final class Share {
  /** A bucket, and what is said when it does not hold enough. */
  private record Portion(Bucket bucket, Optional<Excess> excess) {
    Optional<Excess> take(long amount) {
      return bucket.tryConsume(amount) ? Optional.empty() : excess;
    }
  }

  private final @Nullable Portion messages;
  private final @Nullable Portion bytes;
  private final @Nullable Portion joins;
  private final Consumer<Share> whenReleased;

  /**
   * A full share of somebody of that kind.
   *
   * @param whenReleased told when a connection does not need it any more
   */
  Share(Limit.Whose whose, RateSettings settings, TimeMeter time, Consumer<Share> whenReleased) {
    this.whenReleased = whenReleased;
    Map<Limit.What, Portion> portions = new EnumMap<>(Limit.What.class);
    for (Limit limit : Limit.values()) {
      Rate rate = settings.of(limit);
      if (limit.whose() == whose && rate != null) {
        Optional<Excess> excess = Optional.of(new Excess(limit, String.valueOf(rate)));
        portions.put(limit.what(), new Portion(bucket(rate, time), excess));
      }
    }
    messages = portions.get(Limit.What.MESSAGES);
    bytes = portions.get(Limit.What.BYTES);
    joins = portions.get(Limit.What.JOINS);
  }

  private static Bucket bucket(Rate rate, TimeMeter time) {
    return Bucket.builder()
        .addLimit(limit -> limit.capacity(rate.amount()).refillGreedy(rate.amount(), rate.period()))
        .withCustomTimePrecision(time)
        .build();
  }

  /** Takes a part of a message; what it exceeds if it is too much. */
  Optional<Excess> takeMessage(int size, boolean endsMessage) {
    Portion ofBytes = bytes;
    if (ofBytes != null && size > 0) {
      Optional<Excess> excess = ofBytes.take(size);
      if (excess.isPresent()) {
        return excess;
      }
    }
    Portion ofMessages = messages;
    return endsMessage && ofMessages != null ? ofMessages.take(1) : Optional.empty();
  }

  /** Takes a join; what it exceeds if it is one too many. */
  Optional<Excess> takeJoin() {
    Portion ofJoins = joins;
    return ofJoins == null ? Optional.empty() : ofJoins.take(1);
  }

  /** A connection that had it has gone. */
  void release() {
    whenReleased.accept(this);
  }
}
