package org.cloudramp.sandbox.core.transaction;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.api.kv.TimerChanges;
import org.cloudramp.sandbox.api.kv.TimerWrite;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.memory.MemoryChange;
import org.cloudramp.sandbox.core.shared.Attendance;
import org.jspecify.annotations.Nullable;

/**
 * What several hooks of one room have read and asked for, one after the other, and what is
 * committed of that together. Each of them sees what those before it have written. Whoever adds
 * them bounds how many they are. One thread at a time.
 */
public final class RoomChanges {
  private final Limits limits;
  private final @Nullable Attendance attendance;
  private final Map<String, Optional<Bytes>> reads = new HashMap<>();
  private final Map<String, KvWrite> writes = new LinkedHashMap<>();
  private final Map<String, TimerWrite> timers = new LinkedHashMap<>();
  private final List<Bytes> entries = new ArrayList<>();

  /** What the last of them has left in the room's memory; null if that is not in the store. */
  private @Nullable MemoryChange memory;

  private long bytes;

  /**
   * No changes yet.
   *
   * @param attendance what was seen of who is in the room; null in a room of this process
   */
  RoomChanges(Limits limits, @Nullable Attendance attendance) {
    this.limits = limits;
    this.attendance = attendance;
  }

  /**
   * The changes of a first hook.
   *
   * @param first has ended well
   */
  public static RoomChanges of(HookTransaction first, Limits limits) {
    RoomChanges changes = new RoomChanges(limits, first.attendance());
    changes.add(first);
    return changes;
  }

  /** Adds those of a hook that has run on top of these, and has ended well. */
  public void add(HookTransaction next) {
    next.addTo(this);
  }

  /** What was seen and said of who is in the room; null in a room of this process. */
  public @Nullable Attendance attendance() {
    return attendance;
  }

  /** The entries for the room's log, those of the first hook first. */
  public List<Bytes> entries() {
    return entries;
  }

  /** How many keys were read or written. */
  public int keys() {
    return reads.size() + writes.size();
  }

  /** About how many bytes are sent to the store. */
  public long bytes() {
    return bytes + (memory == null ? 0 : memory.bytes());
  }

  /** What a hook has left in the room's memory, on top of what those before it have. */
  void keep(MemoryChange later) {
    memory = later;
  }

  /** All of it was committed. */
  public void committed(CommitResult.Committed how) {
    if (memory != null) {
      memory.committed(how, entries.size());
    }
  }

  /** Whether nobody has to ask the store what a key holds. */
  boolean knows(String key) {
    return writes.containsKey(key) || reads.containsKey(key);
  }

  /** What a key holds that is known. */
  Optional<Bytes> value(String key) {
    KvWrite write = writes.get(key);
    return write == null
        ? reads.getOrDefault(key, Optional.empty())
        : write.accept(KvOverlay.VALUE);
  }

  /**
   * @param read of the store, by the key
   * @param written over what these changes have written before
   */
  void add(Map<String, Optional<Bytes>> read, Collection<KvWrite> written) {
    read.forEach(
        (key, held) -> {
          reads.put(key, held);
          bytes += key.length() + held.map(Bytes::size).orElse(0);
        });
    for (KvWrite write : written) {
      writes.merge(write.key(), write, RoomChanges::after);
      bytes += KvQuota.bytesOf(write);
    }
  }

  /** What a later write makes of an earlier one to the same key. */
  private static KvWrite after(KvWrite earlier, KvWrite later) {
    return later instanceof KvWrite.Update update
        ? earlier.accept(new KvOverlay.UpdateOf(update.value(), update.timeToLive()))
        : later;
  }

  void addTimers(List<TimerWrite> later) {
    later.forEach(write -> timers.put(write.name(), write));
  }

  void append(List<Bytes> later) {
    entries.addAll(later);
    bytes += LogWindow.bytesOf(later);
  }

  /**
   * What is to be committed of all hooks.
   *
   * @param id of the transaction
   */
  public KvTransaction transaction(String id) {
    Map<String, Optional<Bytes>> allReads = reads;
    List<KvWrite> allWrites = new ArrayList<>(writes.values());
    if (memory != null) {
      allReads = new HashMap<>(reads);
      memory.addTo(allReads, allWrites);
    }
    KvTransaction.Builder transaction =
        KvTransaction.builder(id)
            .quota(limits.kvQuota())
            .reads(allReads)
            .writes(allWrites)
            .appends(entries);
    if (!timers.isEmpty()) {
      transaction.timers(
          new TimerChanges(Optional.empty(), List.copyOf(timers.values()), limits.timers()));
    }
    if (attendance != null) {
      transaction.roster(attendance.update());
    }
    return transaction.build();
  }
}
