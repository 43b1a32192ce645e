package org.cloudramp.sandbox.testkit.rooms;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.jspecify.annotations.Nullable;

/** Somebody who has joined a {@link TestRoom}, or has tried to. */
public final class TestUser {
  /** How somebody was shown out, or turned away. */
  public record Closed(int code, String reason) {}

  private final TestRoom room;
  private final ConnectionId id;
  private final Identity identity;
  private final List<Payload> received = new CopyOnWriteArrayList<>();
  private volatile @Nullable Closed closed;
  private @Nullable Closed refused;

  TestUser(TestRoom room, ConnectionId id, Identity identity) {
    this.room = room;
    this.id = id;
    this.identity = identity;
  }

  /** The id of the connection. */
  public ConnectionId id() {
    return id;
  }

  /** Who this is, as the room is told. */
  public Identity identity() {
    return identity;
  }

  /**
   * Says something.
   *
   * @return what came of it, with the events of this hook alone
   * @throws IllegalStateException if the user is not in the room
   * @throws org.cloudramp.sandbox.api.error.SandboxException if {@code onMessage} failed
   */
  public HookResult send(String text) {
    return room.say(this, Payload.text(text));
  }

  /** As above, with a binary message. */
  public HookResult send(byte[] content) {
    return room.say(this, Payload.binary(content));
  }

  /** Leaves as a browser does whose page is closed. */
  public HookResult leave() {
    return leave(1001, "");
  }

  /**
   * Leaves.
   *
   * @param code a WebSocket close code
   * @throws IllegalStateException if the user is not in the room
   * @throws org.cloudramp.sandbox.api.error.SandboxException if {@code onLeave} failed
   */
  public HookResult leave(int code, String reason) {
    return room.leave(this, code, reason);
  }

  /** Whether the room has let this user in, and has not let it out. */
  public boolean isInRoom() {
    return room.isMember(this);
  }

  /** What the room remembers of this connection: its state. Empty for nothing. */
  public String state() {
    return room.stateOf(this);
  }

  /** What has arrived here, oldest first. */
  public List<Payload> received() {
    return List.copyOf(received);
  }

  /** What has arrived here as text, oldest first; binary messages are left out. */
  public List<String> texts() {
    return received.stream()
        .filter(payload -> payload.kind() == Payload.Kind.TEXT)
        .map(Payload::text)
        .toList();
  }

  /**
   * How this user was shown out, if that has happened: by the room, or with 1003 for a kind of
   * message that the room does not take.
   */
  public Optional<Closed> closed() {
    return Optional.ofNullable(closed);
  }

  /**
   * How a server closes the connection of this user if the room has refused it: as the guest has
   * said, or else with 4003.
   */
  public Optional<Closed> refused() {
    return Optional.ofNullable(refused);
  }

  void turnedAway(CloseFrame frame) {
    refused = new Closed(frame.code(), frame.reason());
  }

  @Override
  public String toString() {
    return id.value();
  }

  /** The user's line, for the host; a test has no business with it. */
  RoomConnection line() {
    return new RoomConnection() {
      @Override
      public ConnectionId id() {
        return id;
      }

      @Override
      public Identity identity() {
        return identity;
      }

      @Override
      public boolean send(Payload payload) {
        return closed == null && received.add(payload);
      }

      @Override
      public void close(int code, String reason) {
        if (closed == null) {
          closed = new Closed(code, reason);
        }
      }
    };
  }
}
