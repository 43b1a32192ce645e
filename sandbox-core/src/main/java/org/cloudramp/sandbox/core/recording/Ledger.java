package org.cloudramp.sandbox.core.recording;

import org.cloudramp.sandbox.api.ServiceId;

/** Where the bytes of recordings are entered before they are allocated. Thread-safe. */
public interface Ledger {
  /**
   * Enters bytes, if there is space without anything else having to go.
   *
   * @return whether they are entered
   */
  boolean enter(ServiceId service, long bytes);

  /** Takes out bytes that were entered. */
  void leave(ServiceId service, long bytes);
}
