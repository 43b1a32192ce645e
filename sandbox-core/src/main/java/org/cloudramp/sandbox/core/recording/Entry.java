package org.cloudramp.sandbox.core.recording;

import org.cloudramp.sandbox.api.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A recorded hook as a ring keeps it.
 *
 * @param module that ran
 * @param fresh whether its instance was as it is after its initialisation
 * @param image the state before it, if it was taken
 * @param content the content of its item in the file
 */
record Entry(RecordedModule module, boolean fresh, @Nullable RecordedImage image, Bytes content) {
  /** Of what the virtual machine takes for an entry beside its bytes. */
  static final int OVERHEAD = 160;

  boolean isAnchor() {
    return fresh || image != null;
  }

  /** What it takes in memory. */
  long bytes() {
    return OVERHEAD + content.size() + (image == null ? 0L : image.bytes());
  }
}
