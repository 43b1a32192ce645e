package org.cloudramp.sandbox.host.rooms;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What an application may put into the frame that closes a WebSocket. */
final class CloseFrame {
  private static final int NORMAL = 1000;
  private static final int FIRST_FREE = 3000;
  private static final int LAST_FREE = 4999;

  /** A WebSocket control frame holds 125 bytes, and the code takes two. */
  private static final int MAX_REASON_BYTES = 123;

  private CloseFrame() {}

  /** What is wrong with a code or a reason, if anything is. */
  static Optional<String> fault(int code, String reason) {
    if (code != NORMAL && (code < FIRST_FREE || code > LAST_FREE)) {
      return Optional.of("close code %d is neither 1000 nor from 3000 to 4999".formatted(code));
    }
    int length = reason.getBytes(StandardCharsets.UTF_8).length;
    if (length > MAX_REASON_BYTES) {
      return Optional.of(
          "the reason of a close takes %d bytes, at most %d are possible"
              .formatted(length, MAX_REASON_BYTES));
    }
    return Optional.empty();
  }
}
