package org.cloudramp.sandbox.api.kv;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;

/**
 * All or nothing: if every key still holds what was read, every write happens, and every entry is
 * appended to the room's log.
 *
 * @param id unique to this transaction; a store that gets it twice applies it once
 * @param reads each key that was read, with what it held; empty where it was absent
 * @param writes in order, at most one for each key
 * @param quota what may be held when the writes have happened; a store that counts fails a commit
 *     that would leave more, with a {@link org.cloudramp.sandbox.api.error.StoreException} of kind
 *     quota
 * @param appends entries for the room's log, in order; their bytes mean nothing to the store. Empty
 *     for a store without a {@linkplain KvStore#log log}.
 * @param roster who comes and goes, and what was seen of that; empty for a store without a log
 * @param timers what changes of the room's timers; nothing for a store without {@linkplain
 *     KvStore#timers timers}
 */
public record KvTransaction(
    String id,
    Map<String, Optional<Bytes>> reads,
    List<KvWrite> writes,
    KvQuota quota,
    List<Bytes> appends,
    Optional<RosterUpdate> roster,
    TimerChanges timers) {
  /**
   * Copies the collections. Later versions add to what a transaction carries: make one with {@link
   * #builder}.
   *
   * @throws IllegalArgumentException if two writes name one key
   */
  @Experimental
  public KvTransaction {
    reads = Map.copyOf(reads);
    writes = List.copyOf(writes);
    appends = List.copyOf(appends);
    if (writes.stream().map(KvWrite::key).distinct().count() != writes.size()) {
      throw new IllegalArgumentException("two writes of one transaction name the same key");
    }
  }

  /** A transaction that appends nothing. */
  public KvTransaction(
      String id, Map<String, Optional<Bytes>> reads, List<KvWrite> writes, KvQuota quota) {
    this(id, reads, writes, quota, List.of(), Optional.empty(), TimerChanges.none());
  }

  /** A transaction that appends nothing, and may leave as much as the store takes. */
  public KvTransaction(String id, Map<String, Optional<Bytes>> reads, List<KvWrite> writes) {
    this(id, reads, writes, KvQuota.unlimited());
  }

  /** Entries for the room's log, in order. */
  @Experimental
  @Override
  public List<Bytes> appends() {
    return appends;
  }

  /** Who comes and goes, and what was seen of that. */
  @Experimental
  @Override
  public Optional<RosterUpdate> roster() {
    return roster;
  }

  /** What changes of the room's timers. */
  @Experimental
  @Override
  public TimerChanges timers() {
    return timers;
  }

  /** Whether it changes nothing: no key, no log, no roster, no timer. */
  public boolean isEmpty() {
    return writes.isEmpty() && appends.isEmpty() && roster.isEmpty() && timers.isEmpty();
  }

  /**
   * Begins a transaction that so far reads, writes and appends nothing, and may leave as much as
   * the store takes.
   */
  @Experimental
  public static Builder builder(String id) {
    return new Builder(id);
  }

  /** Says what a transaction carries. For one thread. */
  @Experimental
  public static final class Builder {
    private final String id;
    private Map<String, Optional<Bytes>> reads = Map.of();
    private List<KvWrite> writes = List.of();
    private KvQuota quota = KvQuota.unlimited();
    private List<Bytes> appends = List.of();
    private Optional<RosterUpdate> roster = Optional.empty();
    private TimerChanges timers = TimerChanges.none();

    private Builder(String id) {
      this.id = id;
    }

    /** Each key that was read, with what it held; empty where it was absent. */
    public Builder reads(Map<String, Optional<Bytes>> held) {
      reads = held;
      return this;
    }

    /** The writes, in order, at most one for each key. */
    public Builder writes(List<KvWrite> all) {
      writes = all;
      return this;
    }

    /** What may be held when the writes have happened. */
    public Builder quota(KvQuota allowed) {
      quota = allowed;
      return this;
    }

    /** Entries for the room's log, in order. */
    public Builder appends(List<Bytes> entries) {
      appends = entries;
      return this;
    }

    /** Who comes and goes, and what was seen of that. */
    public Builder roster(RosterUpdate update) {
      roster = Optional.of(update);
      return this;
    }

    /** What changes of the room's timers. */
    public Builder timers(TimerChanges changes) {
      timers = changes;
      return this;
    }

    /**
     * The transaction.
     *
     * @throws IllegalArgumentException if two writes name one key
     */
    public KvTransaction build() {
      return new KvTransaction(id, reads, writes, quota, appends, roster, timers);
    }
  }
}
