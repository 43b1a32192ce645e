package org.cloudramp.sandbox.core;

import java.time.Instant;
import java.util.List;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;

/**
 * An entry of a room's log, for those who look into the room: see {@link RoomInspection}.
 *
 * @param offset where in the log
 * @param time when it was appended, by the clock of the KV store
 * @param content what it says
 */
public record LoggedEntry(long offset, Instant time, Content content) {
  /** What an entry says. */
  public sealed interface Content {}

  /**
   * An effect happens.
   *
   * @param function both parts of its name, such as {@code room.broadcast}
   * @param arguments one for each of its parameters, as {@link
   *     org.cloudramp.sandbox.api.function.ValueType} says of their types
   */
  public record Effect(String function, List<Object> arguments) implements Content {
    /** Copies the list. */
    public Effect {
      arguments = List.copyOf(arguments);
    }
  }

  /** Somebody is in the room from now on. */
  public record Joined(ConnectionId connection, Identity identity) implements Content {}

  /** Somebody is not in it any more. */
  public record Left(ConnectionId connection) implements Content {}

  /** Somebody has come back, to this server or another. */
  public record Resumed(ConnectionId connection) implements Content {}

  /**
   * The room remembers something else of somebody who is in it.
   *
   * @param state empty for nothing
   */
  public record StateChanged(ConnectionId connection, String state) implements Content {}

  /**
   * Something that this server cannot read: of a later release, or an effect that it has no
   * function for.
   *
   * @param bytes how many the entry has
   */
  public record Unknown(int bytes) implements Content {}
}
