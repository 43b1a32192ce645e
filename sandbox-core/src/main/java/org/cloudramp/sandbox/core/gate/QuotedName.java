package org.cloudramp.sandbox.core.gate;

import java.util.Locale;

/** Makes a stranger's name fit for a message: one line, short, nothing that a terminal obeys. */
final class QuotedName {
  private static final int LONGEST = 60;

  private QuotedName() {}

  static String of(String name) {
    StringBuilder quoted = new StringBuilder("\"");
    name.codePoints().limit(LONGEST).forEach(codePoint -> append(quoted, codePoint));
    if (name.codePointCount(0, name.length()) > LONGEST) {
      quoted.append('…');
    }
    return quoted.append('"').toString();
  }

  private static void append(StringBuilder quoted, int codePoint) {
    if (isInert(codePoint)) {
      quoted.appendCodePoint(codePoint);
    } else {
      quoted.append(String.format(Locale.ROOT, "\\u{%x}", codePoint));
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
