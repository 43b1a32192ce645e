package org.cloudramp.sandbox.api;

import java.util.regex.Pattern;

/** Checks the shape of ids, and says what is wrong without repeating hostile text as it came. */
final class Ids {
  private static final int LONGEST_QUOTE = 80;

  private Ids() {}

  static void check(String what, String value, Pattern shape) {
    if (!shape.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "%s '%s' does not match %s".formatted(what, quote(value), shape.pattern()));
    }
  }

  private static String quote(String value) {
    String head = value.length() <= LONGEST_QUOTE ? value : value.substring(0, LONGEST_QUOTE) + "…";
    return head.codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
