package org.cloudramp.sandbox.core.observe;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.RoomInspector;
import org.cloudramp.sandbox.api.kv.RoomLog;
import org.cloudramp.sandbox.api.kv.RoomTimers;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.cloudramp.sandbox.core.SandboxObserver;
import org.cloudramp.sandbox.core.SandboxObserver.KvOperation;
import org.jspecify.annotations.Nullable;

/** A KV store that is started already, and that somebody is told of. Others start and close it. */
public final class ObservedKvStore implements KvStore {
  private final KvStore store;
  private final SandboxObserver observer;

  /** Tells {@code observer} of each answer. */
  public ObservedKvStore(KvStore store, SandboxObserver observer) {
    this.store = store;
    this.observer = observer;
  }

  @Override
  public String name() {
    return store.name();
  }

  @Override
  public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
    long begin = System.nanoTime();
    return observed(KvOperation.READ, begin, store.read(address, keys), found -> null);
  }

  @Override
  public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
    long begin = System.nanoTime();
    return observed(
        KvOperation.COMMIT, begin, store.commit(address, transaction), ObservedKvStore::trouble);
  }

  @Override
  public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
    long begin = System.nanoTime();
    return observed(
        KvOperation.RESERVE,
        begin,
        store.reserve(address, id, time),
        reserved -> reserved ? null : StoreException.Kind.CONFLICT);
  }

  @Override
  public CompletionStage<OptionalLong> headroom(RoomAddress address, KvQuota quota) {
    return store.headroom(address, quota);
  }

  @Override
  public Optional<RoomLog> log() {
    return store.log();
  }

  @Override
  public Optional<ServerLeases> servers() {
    return store.servers();
  }

  @Override
  public boolean isShared() {
    return store.isShared();
  }

  @Override
  public Optional<RoomTimers> timers() {
    return store.timers();
  }

  @Override
  public Optional<RoomInspector> inspector() {
    return store.inspector();
  }

  private static StoreException.@Nullable Kind trouble(CommitResult result) {
    if (result.isCommitted()) {
      return null;
    }
    return result instanceof CommitResult.Fenced
        ? StoreException.Kind.REFUSED
        : StoreException.Kind.CONFLICT;
  }

  /** The same stage: whoever waits for it does not wait for the observer. */
  private <T> CompletionStage<T> observed(
      KvOperation operation,
      long begin,
      CompletionStage<T> answer,
      Function<T, StoreException.@Nullable Kind> trouble) {
    CompletionStage<T> unused =
        answer.whenComplete(
            (value, error) ->
                observer.kvAnswered(
                    operation,
                    error == null ? trouble.apply(value) : kind(error),
                    System.nanoTime() - begin));
    return answer;
  }

  /** What is no failure of a store is a defect of one. */
  private static StoreException.Kind kind(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    return cause instanceof StoreException typed ? typed.kind() : StoreException.Kind.REFUSED;
  }
}
