package org.cloudramp.sandbox.core;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.RoomLog;
import org.cloudramp.sandbox.api.kv.ServerLeases;

/** A store that does as another: its keys, the logs of its rooms and its leases, and no more. */
abstract class ForwardingKvStore implements KvStore {
  private final KvStore store;

  ForwardingKvStore(KvStore store) {
    this.store = store;
  }

  @Override
  public String name() {
    return store.name();
  }

  @Override
  public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
    return store.read(address, keys);
  }

  @Override
  public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
    return store.commit(address, transaction);
  }

  @Override
  public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
    return store.reserve(address, id, time);
  }

  @Override
  public Optional<RoomLog> log() {
    return store.log();
  }

  @Override
  public Optional<ServerLeases> servers() {
    return store.servers();
  }
}
