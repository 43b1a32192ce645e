package org.cloudramp.sandbox.server.websocket;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.cloudramp.sandbox.api.CloseFrame;

/**
 * Why a conversation ends: a code of RFC 6455, 7.4, and a reason for people.
 *
 * @param code as in a close frame, or 1005 if there is none, or 1006 if there was no close frame
 * @param reason may be empty
 */
public record CloseStatus(int code, String reason) {
  /** Everything was said. */
  public static final int NORMAL = 1000;

  /** The other end breaks the protocol. */
  public static final int PROTOCOL = 1002;

  /** A close frame without a code; never sent. */
  public static final int NO_CODE = 1005;

  /** The connection broke without a close frame; never sent. */
  public static final int ABNORMAL = 1006;

  /** A text is not UTF-8. */
  public static final int BAD_PAYLOAD = 1007;

  /** A message is larger than this end takes. */
  public static final int TOO_BIG = 1009;

  private static final int FIRST_OF_APPLICATIONS = 3000;
  private static final int LAST = 4999;

  /** Whether a code may stand in a close frame. */
  static boolean maySend(int code) {
    return (code >= 1000 && code <= 1003)
        || (code >= 1007 && code <= 1014)
        || (code >= FIRST_OF_APPLICATIONS && code <= LAST);
  }

  /** Whether the conversation ends because everything was said, and not because of a trouble. */
  boolean isOrdinary() {
    return code == NORMAL || code == NO_CODE || code >= FIRST_OF_APPLICATIONS;
  }

  /** The payload of the close frame; a reason that is too long is cut between two characters. */
  byte[] toBytes() {
    if (code == NO_CODE) {
      return new byte[0];
    }
    ByteBuffer payload = ByteBuffer.allocate(Short.BYTES + CloseFrame.MAX_REASON_BYTES);
    payload.putShort((short) code);
    StandardCharsets.UTF_8
        .newEncoder()
        .onMalformedInput(CodingErrorAction.REPLACE)
        .encode(CharBuffer.wrap(reason), payload, true);
    byte[] bytes = new byte[payload.flip().remaining()];
    payload.get(bytes);
    return bytes;
  }
}
