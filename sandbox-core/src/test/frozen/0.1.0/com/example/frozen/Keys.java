package com.example.frozen;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;

/** A KV store, as small as one can be. */
public final class Keys implements KvStore {
  private final Map<RoomAddress, Map<String, Bytes>> rooms = new HashMap<>();
  private final Map<RoomAddress, String> reserved = new HashMap<>();

  @Override
  public String name() {
    return "frozen";
  }

  @Override
  public synchronized CompletionStage<Map<String, Bytes>> read(
      RoomAddress address, Collection<String> keys) {
    Map<String, Bytes> found = new HashMap<>(rooms.getOrDefault(address, Map.of()));
    found.keySet().retainAll(keys);
    return CompletableFuture.completedFuture(found);
  }

  @Override
  public synchronized CompletionStage<CommitResult> commit(
      RoomAddress address, KvTransaction transaction) {
    String holder = reserved.remove(address);
    Map<String, Bytes> room = rooms.computeIfAbsent(address, unknown -> new HashMap<>());
    boolean holds =
        transaction.reads().entrySet().stream()
            .allMatch(read -> Optional.ofNullable(room.get(read.getKey())).equals(read.getValue()));
    if (!holds || (holder != null && !holder.equals(transaction.id()))) {
      return CompletableFuture.completedFuture(CommitResult.conflict());
    }
    for (KvWrite write : transaction.writes()) {
      if (write.key().startsWith("forbidden")) {
        return CompletableFuture.failedFuture(
            new StoreException(StoreException.Kind.REFUSED, "not this key: " + write.key()));
      }
    }
    for (KvWrite write : transaction.writes()) {
      Optional<Bytes> value =
          write.accept(
              new KvWrite.Visitor<Optional<Bytes>>() {
                @Override
                public Optional<Bytes> put(KvWrite.Put put) {
                  return Optional.of(put.value());
                }

                @Override
                public Optional<Bytes> delete(KvWrite.Delete delete) {
                  return Optional.empty();
                }
              });
      value.ifPresentOrElse(bytes -> room.put(write.key(), bytes), () -> room.remove(write.key()));
    }
    CommitResult result = CommitResult.committed();
    return CompletableFuture.completedFuture(result.isCommitted() ? result : null);
  }

  @Override
  public synchronized CompletionStage<Boolean> reserve(
      RoomAddress address, String id, Duration time) {
    return CompletableFuture.completedFuture(reserved.putIfAbsent(address, id) == null);
  }
}
