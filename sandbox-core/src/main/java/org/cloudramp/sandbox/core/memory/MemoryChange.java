package org.cloudramp.sandbox.core.memory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.jspecify.annotations.Nullable;

/**
 * What one hook, or several that are committed together, have made of a room's memory. It depends
 * on what the store had of it, also if nothing has changed. One thread at a time.
 */
public final class MemoryChange {
  private final RoomCopy copy;
  private final StoredMemory before;
  private final MemoryState after;
  private final Digest module;
  private final Duration keptFor;
  private final long now;
  private final boolean changes;

  /** Made when it is committed: of hooks that are committed together, what the last has left is. */
  private @Nullable Written written;

  /**
   * What is committed.
   *
   * @param result what the store has then
   */
  private record Written(List<KvWrite> writes, StoredMemory result) {}

  /**
   * @param before as the store has it
   * @param after the hook
   * @param module whose memory it is
   * @param now in milliseconds since 1970
   */
  MemoryChange(
      RoomCopy copy,
      StoredMemory before,
      MemoryState after,
      Digest module,
      Duration keptFor,
      long now) {
    this.copy = copy;
    this.before = before;
    this.after = after;
    this.module = module;
    this.keptFor = keptFor;
    this.now = now;
    MemoryState state = before.state();
    this.changes = state == null || !after.isSameAs(state);
  }

  private Written written() {
    Written made = written;
    if (made == null) {
      made = changes ? write() : new Written(List.of(), before);
      written = made;
    }
    return made;
  }

  private Written write() {
    List<KvWrite> writes = new ArrayList<>();
    MemoryIndex old = before.index();
    MemoryIndex own = before.state() == null ? null : old;
    long version = ThreadLocalRandom.current().nextLong();
    // Granules live twice as long as the index, so none is gone before it if all are written anew
    // when the oldest has used up half of that.
    boolean writesAll = own == null || now - own.writtenAt() >= keptFor.toMillis();
    Optional<Duration> lifeOfGranules = Optional.of(keptFor.multipliedBy(2));
    SortedMap<Integer, Long> granules = new TreeMap<>();
    for (int granule : after.kept()) {
      byte[] content = after.granule(granule);
      Long writtenBy = own != null && isUnchanged(granule) ? own.granules().get(granule) : null;
      granules.put(granule, writtenBy == null ? version : writtenBy);
      if (content != null && (writesAll || writtenBy == null)) {
        writes.add(
            new KvWrite.Put(MemoryKeys.ofGranule(granule), Bytes.adopt(content), lifeOfGranules));
      }
    }
    if (old != null) {
      for (int granule : old.granules().keySet()) {
        if (!granules.containsKey(granule)) {
          writes.add(new KvWrite.Delete(MemoryKeys.ofGranule(granule)));
        }
      }
    }
    MemoryIndex index =
        new MemoryIndex(
            own == null ? UUID.randomUUID() : own.life(),
            version,
            module,
            own == null || writesAll ? now : own.writtenAt(),
            after.pages(),
            Bytes.adopt(after.globals()),
            granules);
    Bytes encoded = index.encode();
    writes.add(new KvWrite.Put(MemoryKeys.INDEX, encoded, Optional.of(keptFor)));
    return new Written(writes, new StoredMemory(Optional.of(encoded), index, after));
  }

  private boolean isUnchanged(int granule) {
    MemoryState state = before.state();
    return state != null && state.granule(granule) == after.granule(granule);
  }

  /** Whether there is something to commit because of it. */
  public boolean isChange() {
    return changes;
  }

  /** About how many bytes are sent to the store. */
  public long bytes() {
    return changes ? after.bytesBeside(before.state()) : 0;
  }

  /** Adds what is to be committed to what a hook has read and written. */
  public void addTo(Map<String, Optional<Bytes>> reads, List<KvWrite> all) {
    reads.put(MemoryKeys.INDEX, before.held());
    all.addAll(written().writes());
  }

  /**
   * It was committed.
   *
   * @param entries how many were appended with it
   */
  public void committed(CommitResult.Committed how, int entries) {
    LogPosition last = how.first().map(first -> first.plus(entries - 1)).orElse(LogPosition.none());
    copy.committed(written().result(), after, last);
  }
}
