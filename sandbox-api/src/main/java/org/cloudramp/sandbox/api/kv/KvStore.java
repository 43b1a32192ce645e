package org.cloudramp.sandbox.api.kv;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.plugin.Plugin;

/**
 * Keeps keys, and the {@linkplain #log logs} and {@linkplain #timers timers} of rooms. Thread-safe,
 * also between processes. No method blocks; the stages complete on any thread, and complete
 * exceptionally with {@link org.cloudramp.sandbox.api.error.StoreException} if the store cannot be
 * asked.
 */
public interface KvStore extends Plugin {
  /**
   * What the room's keys hold now, all at one moment; a key that is absent or expired is not in the
   * map.
   */
  CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys);

  /**
   * Applies a transaction, all or nothing. When the stage fails with a time-out, the transaction
   * may have been applied; commit it again under the same id to find out. It fails with kind quota
   * if more would be held than the transaction's {@linkplain KvTransaction#quota quota} or a limit
   * of the store allows; then nothing has happened, and the message names the setting.
   *
   * <p>What the room holds is counted exactly. What its service holds may be counted a moment late,
   * as far as other processes write to it; the store's documentation says by how much. Keys that
   * were deleted, or have expired, count no more.
   */
  CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction);

  /**
   * Keeps others from committing to a room, for a transaction that has lost to them again and
   * again: commits under any other id are answered with a conflict and change nothing, until this
   * one has been answered or the time is over. Reads are not affected. What is read afterwards
   * still holds when the transaction is committed.
   *
   * @param id of the transaction to come; to reserve under the same id again is no error, and need
   *     not prolong the time
   * @param time the longest time that others are kept away; positive
   * @return whether the room is now reserved for {@code id}; false if it is for another
   */
  CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time);

  /**
   * How many bytes more the room might take now, by the quota and by the limits of the store. Keys
   * that have expired a moment ago may still count.
   *
   * @return empty if the store does not count bytes, as stores that were made before there were
   *     quotas; never negative
   */
  default CompletionStage<OptionalLong> headroom(RoomAddress address, KvQuota quota) {
    return CompletableFuture.completedFuture(OptionalLong.empty());
  }

  /**
   * The logs of rooms.
   *
   * @return empty if the store keeps none, as stores that were made before there were logs; it is
   *     then never given a transaction that {@linkplain KvTransaction#appends appends}, and the
   *     messages of a room reach the connections of one process only. The same object each time
   *     while the store is started.
   */
  @Experimental
  default Optional<RoomLog> log() {
    return Optional.empty();
  }

  /**
   * The servers that share this store.
   *
   * @return empty if the store knows none; its rooms then live on one server each. The same object
   *     each time while the store is started.
   */
  @Experimental
  default Optional<ServerLeases> servers() {
    return Optional.empty();
  }

  /** Whether other processes see the same keys and logs; unless it is overridden, not. */
  @Experimental
  default boolean isShared() {
    return false;
  }

  /**
   * The timers of rooms.
   *
   * @return empty if the store keeps none, as stores that were made before there were timers; it is
   *     then never given a transaction that changes {@linkplain KvTransaction#timers timers}, and
   *     guests cannot set any. The same object each time while the store is started.
   */
  @Experimental
  default Optional<RoomTimers> timers() {
    return Optional.empty();
  }

  /**
   * What tells those who look after the store what is in it.
   *
   * @return empty if the store cannot tell, as stores that were made before anybody asked. The same
   *     object each time while the store is started.
   */
  @Experimental
  default Optional<RoomInspector> inspector() {
    return Optional.empty();
  }
}
