package org.cloudramp.sandbox.api;

import java.nio.charset.StandardCharsets;

/**
 * How a WebSocket is closed: what stands in its close frame, and what the other end learns.
 *
 * @param code 1000 to 1014 without those that no frame may carry, or 3000 to 4999
 * @param reason at most {@value #MAX_REASON_BYTES} bytes of UTF-8; may be empty
 */
public record CloseFrame(int code, String reason) {
  /** A control frame holds 125 bytes, and the code takes two of them. */
  public static final int MAX_REASON_BYTES = 123;

  /** A room has refused a connection without a word of its own. */
  public static final CloseFrame NOT_LET_IN =
      new CloseFrame(4003, "the room refused the connection");

  private static final int NORMAL = 1000;
  private static final int UNSUPPORTED_DATA = 1003;
  private static final int INVALID_DATA = 1007;
  private static final int LAST_OF_PROTOCOL = 1014;
  private static final int FIRST_OF_APPLICATION = 3000;
  private static final int LAST_OF_APPLICATION = 4999;

  private static final String CUT = "…";

  /**
   * @throws IllegalArgumentException if no frame can carry that code or reason
   */
  public CloseFrame {
    if (!isOfProtocol(code) && !isOfApplication(code)) {
      throw new IllegalArgumentException(
          "close code %d is none that a frame may carry".formatted(code));
    }
    int length = reason.getBytes(StandardCharsets.UTF_8).length;
    if (length > MAX_REASON_BYTES) {
      throw new IllegalArgumentException(
          "the reason of a close takes %d bytes, at most %d are possible"
              .formatted(length, MAX_REASON_BYTES));
    }
  }

  /**
   * What an application may say, be it a guest or an embedder: the other codes are the protocol's.
   *
   * @param code 1000, or 3000 to 4999
   * @throws IllegalArgumentException if the code is another, or the reason too long
   */
  public static CloseFrame ofApplication(int code, String reason) {
    if (!isOfApplication(code)) {
      throw new IllegalArgumentException(
          "close code %d is neither 1000 nor from 3000 to 4999".formatted(code));
    }
    return new CloseFrame(code, reason);
  }

  /**
   * As much of a reason as a frame holds: all of it, or its beginning, which ends between two
   * characters and with "…".
   */
  public static String fitting(String reason) {
    int bytes = 0;
    int cut = 0; // how far it goes if "…" has to follow
    for (int at = 0; at < reason.length(); ) {
      int codePoint = reason.codePointAt(at);
      if (bytes <= MAX_REASON_BYTES - utf8Bytes(CUT.codePointAt(0))) {
        cut = at;
      }
      bytes += utf8Bytes(codePoint);
      if (bytes > MAX_REASON_BYTES) {
        return reason.substring(0, cut) + CUT;
      }
      at += Character.charCount(codePoint);
    }
    return reason;
  }

  private static int utf8Bytes(int codePoint) {
    if (codePoint < 0x80 || (codePoint >= 0xD800 && codePoint <= 0xDFFF)) {
      return 1; // half of a pair is written as a question mark
    }
    return codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }

  private static boolean isOfApplication(int code) {
    return code == NORMAL || (code >= FIRST_OF_APPLICATION && code <= LAST_OF_APPLICATION);
  }

  private static boolean isOfProtocol(int code) {
    return (code >= NORMAL && code <= UNSUPPORTED_DATA)
        || (code >= INVALID_DATA && code <= LAST_OF_PROTOCOL);
  }
}
