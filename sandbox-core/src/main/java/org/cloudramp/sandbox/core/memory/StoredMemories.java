package org.cloudramp.sandbox.core.memory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.core.Limits;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the memory of rooms from the store. Thread-safe. */
public final class StoredMemories {
  private static final Logger log = LoggerFactory.getLogger(StoredMemories.class);

  /** Each is lost to a commit in between; that many in a row are a store that goes mad. */
  private static final int MAX_READS = 64;

  private final Duration keptFor;

  /**
   * @param keptFor how long memory stays in the store after the last hook that changed it
   */
  public StoredMemories(Duration keptFor) {
    this.keptFor = keptFor;
  }

  /**
   * What the store has now of a room's memory.
   *
   * @param reached up to where this server has heard the room's log
   * @param known what this server has of it, which is brought up to date; null for nothing
   * @return completes exceptionally with a {@link StoreException} if the store cannot be asked
   */
  public CompletableFuture<RoomCopy> fetch(
      KvStore store,
      RoomAddress address,
      ModuleVersion version,
      Limits limits,
      LogPosition reached,
      @Nullable RoomCopy known) {
    RoomCopy copy =
        known != null && known.version().equals(version)
            ? known
            : new RoomCopy(
                address,
                version,
                new MemoryTerms(limits.roomMemoryBytes(), keptFor),
                StoredMemory.unusable(Optional.empty(), null));
    return new Fetch(store, address, version, limits.memoryPages(), copy.stored())
        .read(guess(copy.stored()), MAX_READS)
        .orTimeout(limits.commitTime().toNanos(), TimeUnit.NANOSECONDS)
        .handle(
            (read, error) -> {
              if (read == null) {
                throw new CompletionException(typed(error, store, address, limits));
              }
              copy.become(read, reached);
              return copy;
            });
  }

  /** Whether the store still has what a hook ran on. */
  public CompletableFuture<Boolean> isCurrent(
      KvStore store, RoomAddress address, Limits limits, RoomCopy copy) {
    Optional<Bytes> held = copy.stored().held();
    return store
        .read(address, List.of(MemoryKeys.INDEX))
        .toCompletableFuture()
        .orTimeout(limits.commitTime().toNanos(), TimeUnit.NANOSECONDS)
        .handle(
            (found, error) -> {
              if (found == null) {
                throw new CompletionException(typed(error, store, address, limits));
              }
              return Optional.ofNullable(found.get(MemoryKeys.INDEX)).equals(held);
            });
  }

  /**
   * What the memory of a room takes among its keys.
   *
   * @param count how many keys
   * @param bytes what they count
   */
  public record HeldMemory(long count, long bytes) {}

  /** What the memory of a room takes among its keys. */
  public static CompletionStage<HeldMemory> keysOf(KvStore store, RoomAddress address) {
    return store
        .read(address, List.of(MemoryKeys.INDEX))
        .thenApply(
            found -> {
              Bytes held = found.get(MemoryKeys.INDEX);
              Optional<MemoryIndex> index = Optional.ofNullable(held).flatMap(MemoryIndex::decode);
              if (held == null || index.isEmpty()) {
                return new HeldMemory(0, 0);
              }
              long bytes = KvQuota.bytesOf(MemoryKeys.INDEX, held);
              for (int granule : index.get().granules().keySet()) {
                bytes += KvQuota.bytesOf(MemoryKeys.ofGranule(granule), MemoryState.zeros());
              }
              return new HeldMemory(1 + index.get().granules().size(), bytes);
            });
  }

  private static Throwable typed(
      @Nullable Throwable error, KvStore store, RoomAddress address, Limits limits) {
    Throwable cause =
        error instanceof CompletionException wrapped && wrapped.getCause() != null
            ? wrapped.getCause()
            : error;
    return cause instanceof TimeoutException
        ? new StoreException(
            StoreException.Kind.TIMEOUT,
            "KV store '%s' did not give the memory of the room %s within %s (limits.commitTime)"
                .formatted(store.name(), address, limits.commitTime()),
            cause)
        : cause == null ? new IllegalStateException("a read that gave nothing") : cause;
  }

  /** What the next hook of the same kind changes is often what the last one has changed. */
  private static List<Integer> guess(StoredMemory stored) {
    MemoryIndex index = stored.index();
    return index == null || stored.state() == null
        ? List.of()
        : index.granules().entrySet().stream()
            .filter(granule -> granule.getValue() == index.version())
            .map(Map.Entry::getKey)
            .toList();
  }

  /** One reading of one room's memory. */
  private static final class Fetch {
    private final KvStore store;
    private final RoomAddress address;
    private final ModuleVersion version;
    private final int maxPages;
    private final StoredMemory known;

    Fetch(
        KvStore store,
        RoomAddress address,
        ModuleVersion version,
        int maxPages,
        StoredMemory known) {
      this.store = store;
      this.address = address;
      this.version = version;
      this.maxPages = maxPages;
      this.known = known;
    }

    /**
     * Reads the index and some granules, all at one moment; and again, if others are lacking.
     *
     * @param asked those granules
     */
    CompletableFuture<StoredMemory> read(List<Integer> asked, int readsLeft) {
      return store
          .read(address, MemoryKeys.indexAnd(asked))
          .toCompletableFuture()
          .thenCompose(found -> goOn(found, asked, readsLeft));
    }

    private CompletableFuture<StoredMemory> goOn(
        Map<String, Bytes> found, List<Integer> asked, int readsLeft) {
      Optional<Bytes> held = Optional.ofNullable(found.get(MemoryKeys.INDEX));
      if (held.equals(known.held())) {
        return CompletableFuture.completedFuture(known);
      }
      MemoryIndex index = held.flatMap(MemoryIndex::decode).orElse(null);
      if (index == null || !index.module().equals(version.digest())) {
        return CompletableFuture.completedFuture(StoredMemory.unusable(held, index));
      }
      if (index.pages() > maxPages) {
        log.error(
            "room {}: the memory that KV store '{}' keeps has {} pages, of which limits.memoryPages allows {} here; the room begins anew",
            address,
            store.name(),
            index.pages(),
            maxPages);
        return CompletableFuture.completedFuture(StoredMemory.unusable(held, index));
      }
      List<Integer> lacking = new ArrayList<>();
      index
          .granules()
          .forEach(
              (granule, writtenBy) -> {
                if (own(index, granule, writtenBy) == null) {
                  lacking.add(granule);
                }
              });
      if (!asked.containsAll(lacking)) {
        return readsLeft > 0
            ? read(lacking, readsLeft - 1)
            : CompletableFuture.failedFuture(
                new StoreException(
                    StoreException.Kind.CONFLICT,
                    "the memory of the room %s has changed each time before KV store '%s' could give all of it"
                        .formatted(address, store.name())));
      }
      byte[] @Nullable [] granules = new byte[MemoryState.granulesOf(index.pages())][];
      for (Map.Entry<Integer, Long> granule : index.granules().entrySet()) {
        byte[] content = own(index, granule.getKey(), granule.getValue());
        if (content == null) {
          Bytes read = found.get(MemoryKeys.ofGranule(granule.getKey()));
          if (read == null || read.size() != MemoryState.GRANULE_BYTES) {
            log.error(
                "room {}: KV store '{}' has lost a part of the memory that it kept; the room begins anew",
                address,
                store.name());
            return CompletableFuture.completedFuture(StoredMemory.unusable(held, index));
          }
          content = read.toArray();
        }
        granules[granule.getKey()] = content;
      }
      return CompletableFuture.completedFuture(
          new StoredMemory(
              held, index, MemoryState.of(index.globals().toArray(), index.pages(), granules)));
    }

    /** A granule that this server has; null if it lacks it. */
    private byte @Nullable [] own(MemoryIndex wanted, int granule, long writtenBy) {
      MemoryIndex index = known.index();
      MemoryState state = known.state();
      return index != null
              && state != null
              && index.life().equals(wanted.life())
              && Long.valueOf(writtenBy).equals(index.granules().get(granule))
          ? state.granule(granule)
          : null;
    }
  }
}
