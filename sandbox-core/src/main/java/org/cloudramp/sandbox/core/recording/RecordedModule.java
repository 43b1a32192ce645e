package org.cloudramp.sandbox.core.recording;

import java.util.List;
import org.cloudramp.sandbox.api.Digest;

/**
 * The version that hooks ran in, and what a host has to give it so that it does the same.
 *
 * @param digest of the upload
 * @param memoryPages how many pages of 64 KiB its memory could grow to
 * @param requestBytes how many bytes it could send with one host call
 * @param keepsMemory whether its memory lasts from hook to hook
 * @param functions the host functions that it imports, such as {@code room.broadcast}
 */
public record RecordedModule(
    Digest digest, int memoryPages, int requestBytes, boolean keepsMemory, List<String> functions) {
  /** Copies the list. */
  public RecordedModule {
    functions = List.copyOf(functions);
  }
}
