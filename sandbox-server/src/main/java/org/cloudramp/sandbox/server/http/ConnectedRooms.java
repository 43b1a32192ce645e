package org.cloudramp.sandbox.server.http;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;

/** The rooms in which this server has connections, for whoever looks after them. Thread-safe. */
public interface ConnectedRooms {
  /**
   * A room.
   *
   * @param members connections of this server that were let in and are open
   */
  record Occupied(RoomId room, int members) {}

  /** A connection that was let in, and who it is. */
  record Member(ConnectionId connection, Identity identity) {}

  /**
   * Some of the rooms of a service that have members here, by their names.
   *
   * @param after the last of those that were told before
   * @param most at most so many
   */
  List<Occupied> rooms(ServiceId service, Optional<RoomId> after, int most);

  /**
   * Some of the members of a room, by their connections' names; none if there is no such room.
   *
   * @param after the last of those that were told before
   * @param most at most so many
   */
  List<Member> members(RoomAddress room, Optional<ConnectionId> after, int most);

  /** How many members a room has here. */
  int count(RoomAddress room);

  /**
   * Says something to everybody who is in a room, in the order of its hooks.
   *
   * @return completes when it is said; exceptionally with a {@link
   *     org.cloudramp.sandbox.api.error.RefusedException} if the room's queue is full
   */
  CompletionStage<Void> say(RoomAddress room, Payload payload);

  /**
   * Closes members of a room, after what was sent to them before; each then leaves.
   *
   * @param which one of them; empty for all
   * @return how many
   */
  int close(RoomAddress room, Optional<ConnectionId> which, CloseFrame frame);
}
