package org.cloudramp.sandbox.core.replay;

import java.util.Locale;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.core.recording.RecordedCall;

/** Bytes and calls in messages: short, in ASCII, and without what a terminal would act on. */
final class Shown {
  private static final int MAX_BYTES = 80;

  private Shown() {}

  static String call(String function, Bytes request) {
    return "the call %s %s".formatted(function, bytes(request, 0));
  }

  /** A call whose request differs from another: from the first byte that does. */
  static String call(String function, Bytes request, Bytes other) {
    int from = Math.max(0, firstDifference(request.toArray(), other.toArray()) - MAX_BYTES / 2);
    return "the call %s %s".formatted(function, bytes(request, from));
  }

  static String call(RecordedCall call) {
    return call(call.function(), call.request());
  }

  static int firstDifference(byte[] one, byte[] other) {
    int at = java.util.Arrays.mismatch(one, other);
    return Math.max(0, at);
  }

  private static String bytes(Bytes content, int from) {
    byte[] all = content.toArray();
    int end = Math.min(all.length, from + MAX_BYTES);
    StringBuilder shown = new StringBuilder().append('(').append(all.length).append(" bytes: ");
    shown.append(from > 0 ? "…" : "").append('"');
    for (int i = from; i < end; i++) {
      int each = all[i] & 0xff;
      if (each >= 0x20 && each < 0x7f && each != '"' && each != '\\') {
        shown.append((char) each);
      } else {
        shown.append(String.format(Locale.ROOT, "\\x%02x", each));
      }
    }
    return shown.append('"').append(end < all.length ? "…" : "").append(')').toString();
  }
}
