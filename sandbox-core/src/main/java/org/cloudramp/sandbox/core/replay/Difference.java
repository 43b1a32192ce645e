package org.cloudramp.sandbox.core.replay;

/**
 * Where a hook did something else than it did when it was recorded.
 *
 * @param where such as {@code onMessage, call 2}
 * @param expected what was recorded
 * @param actual what the replay did
 */
public record Difference(String where, String expected, String actual) {
  @Override
  public String toString() {
    return "%s: recorded was %s, and the replay did this: %s".formatted(where, expected, actual);
  }
}
