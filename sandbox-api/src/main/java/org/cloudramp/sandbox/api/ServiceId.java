package org.cloudramp.sandbox.api;

import java.util.regex.Pattern;

/**
 * The unique identifier of one customer's program, for example {@code chat}.
 *
 * <p>Matches {@code [a-z0-9][a-z0-9-]{0,62}}, so that it is safe as a folder name, an object key, a
 * DNS label and a part of a Redis key without escaping.
 *
 * @param value the identifier, 1 to 63 characters
 */
public record ServiceId(String value) {
  private static final Pattern SHAPE = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

  /**
   * @throws IllegalArgumentException if {@code value} has another shape
   */
  public ServiceId {
    Ids.check("service id", value, SHAPE);
  }

  @Override
  public String toString() {
    return value;
  }
}
