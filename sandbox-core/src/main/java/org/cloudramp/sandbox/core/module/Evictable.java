package org.cloudramp.sandbox.core.module;

/** Something that is kept although nobody uses it now. Compared by identity. */
interface Evictable {
  /** What is entered for it in the ledger while nobody uses it. Always the same. */
  long bytes();

  /**
   * Its memory is needed elsewhere, and it is no longer in the ledger: lets go of it. Called
   * without any lock.
   */
  void evict();
}
