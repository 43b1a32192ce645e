package org.cloudramp.sandbox.api;

import java.util.regex.Pattern;

/**
 * Names a room within its service, for example {@code lobby}.
 *
 * <p>Matches {@code [A-Za-z0-9][A-Za-z0-9._-]{0,127}}: room ids come out of URLs, which strangers
 * write.
 *
 * @param value the name, 1 to 128 characters
 */
public record RoomId(String value) {
  private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  /**
   * @throws IllegalArgumentException if {@code value} has another shape
   */
  public RoomId {
    Ids.check("room id", value, SHAPE);
  }

  @Override
  public String toString() {
    return value;
  }
}
