package org.cloudramp.sandbox.api;

import java.util.regex.Pattern;

/**
 * Names one connection of a room. Made by the host, never by a client.
 *
 * <p>Matches {@code [A-Za-z0-9_-]{1,64}}.
 *
 * @param value the name, unique among the connections of one room
 */
public record ConnectionId(String value) {
  private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /**
   * @throws IllegalArgumentException if {@code value} has another shape
   */
  public ConnectionId {
    Ids.check("connection id", value, SHAPE);
  }

  @Override
  public String toString() {
    return value;
  }
}
