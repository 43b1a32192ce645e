package org.cloudramp.sandbox.api.error;

import java.util.Locale;

/**
 * Makes a stranger's text fit for messages and logs: one line, and nothing that a terminal or a
 * reader of logs obeys.
 */
public final class InertText {
  private static final int MAX_QUOTE = 60;

  private InertText() {}

  /** The text in double quotes, escaped, and cut off after 60 characters. For names in messages. */
  public static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints().limit(MAX_QUOTE).forEach(codePoint -> append(quoted, codePoint));
    if (text.codePointCount(0, text.length()) > MAX_QUOTE) {
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

  /**
   * The beginning of a text, as it is. For what a guest says, where it enters something that is
   * kept or written down.
   *
   * @param most characters, without the mark that something is missing
   */
  public static String cut(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    int end = most > 0 && Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return text.substring(0, end) + "… (" + (text.length() - end) + " more)";
  }

  /**
   * Whether a text has nothing that a terminal or a reader of logs obeys, or nobody sees: no
   * control or format characters, no line separators, no halves of surrogate pairs, and nothing
   * that is private or not assigned.
   */
  public static boolean isPlain(String text) {
    return text.codePoints().allMatch(InertText::isPlain);
  }

  private static void append(StringBuilder target, int codePoint) {
    if (isInert(codePoint)) {
      target.appendCodePoint(codePoint);
    } else {
      target.append(String.format(Locale.ROOT, "\\u{%x}", codePoint));
    }
  }

  private static boolean isInert(int codePoint) {
    return codePoint != '"' && codePoint != '\\' && isPlain(codePoint);
  }

  private static boolean isPlain(int codePoint) {
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
