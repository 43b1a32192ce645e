package org.cloudramp.sandbox.core.shared;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.function.ValueType;
import org.cloudramp.sandbox.core.abi.ValueCodec;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;

/**
 * An entry of a room's log: a version, a kind, and fields as in the guest ABI, little-endian and
 * unaligned. Servers of different releases share a log, so a reader passes over kinds and versions
 * that it does not know, and ignores further fields.
 *
 * <pre>
 * u8 1, u8 1, str function, then the arguments by their types     an effect happens
 * u8 1, u8 2, str connection, str server, str user, str info      somebody is in the room
 * u8 1, u8 3, str connection, str server                          somebody is not any more
 * u8 1, u8 4, str connection, str state                           the room remembers that of somebody
 * u8 1, u8 5, str connection, str server                          somebody goes on, on that server
 * </pre>
 */
sealed interface RoomEntry {
  /**
   * An effect happens.
   *
   * @param function both parts of its name
   * @param arguments not read yet: their types are the function's
   */
  record Effect(String function, WireReader arguments) implements RoomEntry {
    /**
     * The arguments.
     *
     * @throws GuestException if they are not of these types
     */
    Object[] read(List<ValueType<?>> types) {
      Object[] read = new Object[types.size()];
      for (int i = 0; i < read.length; i++) {
        read[i] = ValueCodec.read(types.get(i), arguments);
      }
      return read;
    }
  }

  /** Somebody is in the room. */
  record Joined(Member member, String server) implements RoomEntry {}

  /** Somebody is not any more. */
  record Left(ConnectionId connection, String server) implements RoomEntry {}

  /** The room remembers something else of somebody who is in it. */
  record StateChanged(ConnectionId connection, String state) implements RoomEntry {}

  /** Somebody who was there goes on, on the same server or another. */
  record Resumed(ConnectionId connection, String server) implements RoomEntry {}

  /** The version of these layouts. */
  int VERSION = 1;

  /** The kinds. */
  int EFFECT = 1;

  /** See above. */
  int JOINED = 2;

  /** See above. */
  int LEFT = 3;

  /** See above. */
  int STATE_CHANGED = 4;

  /** See above. */
  int RESUMED = 5;

  /** Writes an effect. */
  static Bytes effect(String function, List<ValueType<?>> types, Object[] arguments) {
    WireWriter writer = new WireWriter().u8(VERSION).u8(EFFECT).string(function);
    for (int i = 0; i < arguments.length; i++) {
      ValueCodec.write(types.get(i), arguments[i], writer);
    }
    return Bytes.adopt(writer.toArray());
  }

  /** Writes that somebody is in the room. */
  static Bytes joined(Member member, String server) {
    return Bytes.adopt(
        new WireWriter()
            .u8(VERSION)
            .u8(JOINED)
            .string(member.connection().value())
            .string(server)
            .string(member.identity().user())
            .string(member.identity().info())
            .toArray());
  }

  /** Writes that somebody is not any more. */
  static Bytes left(ConnectionId connection, String server) {
    return Bytes.adopt(
        new WireWriter().u8(VERSION).u8(LEFT).string(connection.value()).string(server).toArray());
  }

  /** Writes that somebody goes on. */
  static Bytes resumed(ConnectionId connection, String server) {
    return Bytes.adopt(
        new WireWriter()
            .u8(VERSION)
            .u8(RESUMED)
            .string(connection.value())
            .string(server)
            .toArray());
  }

  /** Writes what the room remembers of somebody. */
  static Bytes stateChanged(ConnectionId connection, String state) {
    return Bytes.adopt(
        new WireWriter()
            .u8(VERSION)
            .u8(STATE_CHANGED)
            .string(connection.value())
            .string(state)
            .toArray());
  }

  /**
   * Reads an entry.
   *
   * @return empty if it is of a version or kind that this release does not know
   * @throws IllegalArgumentException if it is none
   */
  static Optional<RoomEntry> read(Bytes entry) {
    WireReader reader = new WireReader(entry.toArray());
    try {
      if (reader.u8() != VERSION) {
        return Optional.empty();
      }
      return switch (reader.u8()) {
        case EFFECT -> Optional.of(new Effect(reader.string(), reader));
        case JOINED -> {
          ConnectionId connection = new ConnectionId(reader.string());
          String server = reader.string();
          Identity identity = new Identity(reader.string(), reader.string());
          yield Optional.of(new Joined(new Member(connection, identity), server));
        }
        case LEFT -> Optional.of(new Left(new ConnectionId(reader.string()), reader.string()));
        case STATE_CHANGED ->
            Optional.of(new StateChanged(new ConnectionId(reader.string()), reader.string()));
        case RESUMED ->
            Optional.of(new Resumed(new ConnectionId(reader.string()), reader.string()));
        default -> Optional.empty();
      };
    } catch (GuestException cutOff) {
      throw new IllegalArgumentException(cutOff.getMessage(), cutOff);
    }
  }
}
