package org.cloudramp.sandbox.api;

import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.error.InertText;

/** Checks the shape of ids, and says what is wrong without repeating hostile text as it came. */
final class Ids {
  private Ids() {}

  static void check(String what, String value, Pattern shape) {
    if (!shape.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "%s %s does not match %s".formatted(what, InertText.quote(value), shape.pattern()));
    }
  }
}
