package org.cloudramp.sandbox.server.websocket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Whether bytes are UTF-8 (RFC 3629), piece by piece: a wrong byte is found when it comes, and not
 * when the text ends. Not thread-safe.
 */
final class Utf8Validator {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long NOT_ASCII = 0x8080808080808080L;

  /** How many bytes of the character are still to come. */
  private int missing;

  /** What the next of them may be, both ends included; only the first is ever restricted. */
  private int least = 0x80;

  private int most = 0xBF;

  /** Takes the next piece of the text; false if it is none. */
  boolean accept(byte[] piece) {
    int at = 0;
    while (at < piece.length) {
      if (missing == 0) {
        at = skipAscii(piece, at);
        if (at == piece.length) {
          return true;
        }
      }
      if (!accept(piece[at++] & 0xFF)) {
        return false;
      }
    }
    return true;
  }

  private static int skipAscii(byte[] piece, int from) {
    int at = from;
    while (at + Long.BYTES <= piece.length && ((long) LONGS.get(piece, at) & NOT_ASCII) == 0) {
      at += Long.BYTES;
    }
    while (at < piece.length && piece[at] >= 0) {
      at++;
    }
    return at;
  }

  private boolean accept(int next) {
    if (missing == 0) {
      return begin(next);
    }
    boolean fits = next >= least && next <= most;
    missing--;
    least = 0x80;
    most = 0xBF;
    return fits;
  }

  /** The first byte of a character says how many follow, and where the second has to be. */
  private boolean begin(int first) {
    if (first < 0x80) {
      return true;
    }
    if (first < 0xC2 || first > 0xF4) { // a continuation, an overlong form, or beyond U+10FFFF
      return false;
    }
    missing = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    switch (first) {
      case 0xE0 -> least = 0xA0; // overlong below
      case 0xED -> most = 0x9F; // surrogates above
      case 0xF0 -> least = 0x90; // overlong below
      case 0xF4 -> most = 0x8F; // beyond U+10FFFF above
      default -> {}
    }
    return true;
  }

  /** Whether no character is cut; a new text begins with the next piece. */
  boolean end() {
    boolean whole = missing == 0;
    missing = 0;
    least = 0x80;
    most = 0xBF;
    return whole;
  }
}
