package org.cloudramp.sandbox.api.kv;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;

/**
 * All or nothing: if every key still holds what was read, every write happens.
 *
 * @param id unique to this transaction; a store that gets it twice applies it once
 * @param reads each key that was read, with what it held; empty where it was absent
 * @param writes in order, at most one for each key
 * @param quota what may be held when the writes have happened; a store that counts fails a commit
 *     that would leave more, with a {@link org.cloudramp.sandbox.api.error.StoreException} of kind
 *     quota
 */
public record KvTransaction(
    String id, Map<String, Optional<Bytes>> reads, List<KvWrite> writes, KvQuota quota) {
  /**
   * Copies the collections.
   *
   * @throws IllegalArgumentException if two writes name one key
   */
  public KvTransaction {
    reads = Map.copyOf(reads);
    writes = List.copyOf(writes);
    if (writes.stream().map(KvWrite::key).distinct().count() != writes.size()) {
      throw new IllegalArgumentException("two writes of one transaction name the same key");
    }
  }

  /** A transaction that may leave as much as the store takes. */
  public KvTransaction(String id, Map<String, Optional<Bytes>> reads, List<KvWrite> writes) {
    this(id, reads, writes, KvQuota.unlimited());
  }
}
