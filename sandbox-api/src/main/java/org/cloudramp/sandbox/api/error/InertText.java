package org.cloudramp.sandbox.api.error;

import java.util.Locale;

/**
 * Makes a stranger's text fit for messages and logs: one line, and nothing that a terminal or a
 * reader of logs obeys.
 */
public final class InertText {
  private static final int LONGEST_QUOTE = 60;

  private InertText() {}

  /** The text in double quotes, escaped, and cut off after 60 characters. For names in messages. */
  public static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints().limit(LONGEST_QUOTE).forEach(codePoint -> append(quoted, codePoint));
    if (text.codePointCount(0, text.length()) > LONGEST_QUOTE) {
      quoted.append('…');
    }
    return quoted.append('"').toString();
  }

  /** The whole text, escaped. For lines of a log whose length is limited elsewhere. */
  public static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    text.codePoints().forEach(codePoint -> append(escaped, codePoint));
    return escaped.toString();
  }

  private static void append(StringBuilder target, int codePoint) {
    if (isInert(codePoint)) {
      target.appendCodePoint(codePoint);
    } else {
      target.append(String.format(Locale.ROOT, "\\u{%x}", codePoint));
    }
  }

  private static boolean isInert(int codePoint) {
    if (codePoint == '"' || codePoint == '\\') {
      return false;
    }
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
