package org.cloudramp.sandbox.api.kv;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.plugin.Plugin;

/**
 * Keeps keys. Thread-safe, also between processes. No method blocks; the stages complete on any
 * thread, and complete exceptionally with {@link org.cloudramp.sandbox.api.error.StoreException} if
 * the store cannot be asked.
 */
public interface KvStore extends Plugin {
  /**
   * What the keys hold now, all at one moment; a key that is absent or expired is not in the map.
   */
  CompletionStage<Map<String, Bytes>> read(KvScope scope, Collection<String> keys);

  /**
   * Applies a transaction, all or nothing. When the stage fails with a time-out, the transaction
   * may have been applied; commit it again under the same id to find out.
   */
  CompletionStage<CommitResult> commit(KvScope scope, KvTransaction transaction);
}
