package org.cloudramp.sandbox.api;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
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
  private static final int CUT_BYTES = 3;

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
    return charactersWithin(MAX_REASON_BYTES, reason) == reason.length()
        ? reason
        : reason.substring(0, charactersWithin(MAX_REASON_BYTES - CUT_BYTES, reason)) + CUT;
  }

  /** How many characters of a text are whole in so many bytes of UTF-8. */
  private static int charactersWithin(int bytes, String text) {
    CharBuffer characters = CharBuffer.wrap(text);
    CoderResult unused =
        StandardCharsets.UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPLACE) // as getBytes does with half of a pair
            .encode(characters, ByteBuffer.allocate(bytes), true);
    return characters.position();
  }

  private static boolean isOfApplication(int code) {
    return code == NORMAL || (code >= FIRST_OF_APPLICATION && code <= LAST_OF_APPLICATION);
  }

  private static boolean isOfProtocol(int code) {
    return (code >= NORMAL && code <= UNSUPPORTED_DATA)
        || (code >= INVALID_DATA && code <= LAST_OF_PROTOCOL);
  }
}
