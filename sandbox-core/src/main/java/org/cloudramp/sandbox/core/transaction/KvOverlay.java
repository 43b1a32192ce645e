package org.cloudramp.sandbox.core.transaction;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.core.Limits;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of a room as one run of a hook sees them: what the store held when the run first looked,
 * over that what earlier hooks have written that are committed with it, and over that its own
 * writes. Not thread-safe.
 */
final class KvOverlay {
  private static final Logger log = LoggerFactory.getLogger(KvOverlay.class);

  /** What a key holds after a write. */
  static final KvWrite.Visitor<Optional<Bytes>> VALUE =
      new KvWrite.Visitor<>() {
        @Override
        public Optional<Bytes> put(KvWrite.Put put) {
          return Optional.of(put.value());
        }

        @Override
        public Optional<Bytes> delete(KvWrite.Delete delete) {
          return Optional.empty();
        }

        @Override
        public Optional<Bytes> update(KvWrite.Update update) {
          return Optional.of(update.value());
        }
      };

  /** What an update makes of what was written to the key before, and is committed with it. */
  record UpdateOf(Bytes value, Optional<Duration> timeToLive) implements KvWrite.Visitor<KvWrite> {
    @Override
    public KvWrite put(KvWrite.Put put) {
      return new KvWrite.Put(put.key(), value, put.timeToLive());
    }

    @Override
    public KvWrite delete(KvWrite.Delete delete) {
      return new KvWrite.Put(delete.key(), value, timeToLive);
    }

    @Override
    public KvWrite update(KvWrite.Update update) {
      return new KvWrite.Update(update.key(), value, update.timeToLive());
    }
  }

  private final KvStore store;
  private final RoomAddress address;
  private final Limits limits;
  private final Supplier<Duration> remaining;
  private final @Nullable RoomChanges before;
  private final Map<String, Optional<Bytes>> reads = new LinkedHashMap<>();
  private final Map<String, KvWrite> writes = new LinkedHashMap<>();
  private int operations;
  private boolean failed;
  private long waitedNanos;
  private int asked;

  /**
   * @param before what earlier hooks have read and written that are committed with this one; null
   *     if there are none
   */
  KvOverlay(
      KvStore store,
      RoomAddress address,
      Limits limits,
      Supplier<Duration> remaining,
      @Nullable RoomChanges before) {
    this.store = store;
    this.address = address;
    this.limits = limits;
    this.remaining = remaining;
    this.before = before;
  }

  List<Optional<Bytes>> read(List<String> keys) {
    count(keys.size());
    List<String> unseen = new ArrayList<>();
    for (String key : keys) {
      requireShort(key);
      if (!isKnown(key) && !unseen.contains(key)) {
        unseen.add(key);
      }
    }
    if (!unseen.isEmpty()) {
      Map<String, Bytes> found = ask(unseen);
      unseen.forEach(key -> reads.put(key, Optional.ofNullable(found.get(key))));
    }
    return keys.stream().map(this::seen).toList();
  }

  private boolean isKnown(String key) {
    return writes.containsKey(key)
        || reads.containsKey(key)
        || (before != null && before.knows(key));
  }

  void put(String key, Bytes value, Optional<Duration> timeToLive) {
    requireWritable(key, value);
    writes.put(key, new KvWrite.Put(key, value, timeToLive));
  }

  void update(String key, Bytes value, Optional<Duration> timeToLive) {
    requireWritable(key, value);
    KvWrite before = writes.get(key);
    writes.put(
        key,
        before == null
            ? new KvWrite.Update(key, value, timeToLive)
            : before.accept(new UpdateOf(value, timeToLive)));
  }

  void delete(String key) {
    count(1);
    requireShort(key);
    writes.put(key, new KvWrite.Delete(key));
  }

  /** How many keys the store was asked for. */
  int asked() {
    return asked;
  }

  /** How long the run has waited for the store. */
  long waitedNanos() {
    return waitedNanos;
  }

  /** How many keys the run has written. */
  int written() {
    return writes.size();
  }

  boolean hasWrites() {
    return !writes.isEmpty();
  }

  /** As {@link HookTransaction#storeTrouble}. */
  Optional<StoreException.Kind> storeTrouble() {
    if (failed) {
      return Optional.of(StoreException.Kind.UNAVAILABLE);
    }
    return waitedNanos > limits.time().toNanos() / 2
        ? Optional.of(StoreException.Kind.TIMEOUT)
        : Optional.empty();
  }

  /** Adds what is to be committed. */
  void addTo(KvTransaction.Builder transaction) {
    transaction.reads(reads).writes(List.copyOf(writes.values()));
  }

  /** Adds what is to be committed. */
  void addTo(Map<String, Optional<Bytes>> allReads, List<KvWrite> allWrites) {
    allReads.putAll(reads);
    allWrites.addAll(writes.values());
  }

  /** Adds what was read of the store, and written. */
  void addTo(RoomChanges all) {
    all.add(reads, writes.values());
  }

  private Optional<Bytes> seen(String key) {
    KvWrite write = writes.get(key);
    if (write != null) {
      return write.accept(VALUE);
    }
    return before != null && before.knows(key)
        ? before.value(key)
        : reads.getOrDefault(key, Optional.empty());
  }

  private Map<String, Bytes> ask(List<String> keys) {
    long begin = System.nanoTime();
    asked += keys.size();
    try {
      return store
          .read(address, keys)
          .toCompletableFuture()
          .get(remaining.get().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | InterruptedException e) {
      // An interrupt is the engine's way to end the hook: it knows what to do when we return.
      throw new HostFunctionException(
          HostFunctionException.TIMEOUT,
          "KV store '%s' did not answer in time".formatted(store.name()),
          e);
    } catch (ExecutionException e) {
      failed = true;
      log.warn("KV store '{}' could not read keys of {}", store.name(), address, e.getCause());
      throw new HostFunctionException(
          HostFunctionException.UNAVAILABLE,
          "KV store '%s' cannot be read now".formatted(store.name()),
          e);
    } finally {
      waitedNanos += System.nanoTime() - begin;
    }
  }

  private void requireWritable(String key, Bytes value) {
    count(1);
    requireShort(key);
    if (value.size() > limits.kvValueBytes()) {
      throw overLimit(
          "a value of %d bytes", value.size(), "limits.kvValueBytes", limits.kvValueBytes());
    }
  }

  private void count(int more) {
    operations += more;
    if (operations > limits.kvOperations()) {
      throw overLimit(
          "%d KV operations in one hook", operations, "limits.kvOperations", limits.kvOperations());
    }
  }

  private void requireShort(String key) {
    int size = Bytes.utf8(key).size();
    if (size == 0) {
      throw new HostFunctionException(HostFunctionException.BAD_REQUEST, "a key is empty");
    }
    if (size > limits.kvKeyBytes()) {
      throw overLimit("a key of %d bytes", size, "limits.kvKeyBytes", limits.kvKeyBytes());
    }
  }

  private static HostFunctionException overLimit(String what, int actual, String limit, int most) {
    return new HostFunctionException(
        HostFunctionException.LIMIT, (what + "; %s allows %d").formatted(actual, limit, most));
  }
}
