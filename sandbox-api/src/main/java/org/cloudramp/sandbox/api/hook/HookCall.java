package org.cloudramp.sandbox.api.hook;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.kv.RoomTimer;

/**
 * Something that happened in a room, for the room's code to answer. {@code onStart} and {@code
 * onError} are not here: the sandbox calls them by itself.
 *
 * <p>Later versions add kinds, not all of which are about a connection.
 */
public sealed interface HookCall {
  /** Where it happened. */
  RoomAddress address();

  /** Whose code is to run. */
  default ServiceId service() {
    return address().service();
  }

  /** In which room of that service. */
  default RoomId room() {
    return address().room();
  }

  /** On behalf of which connection; empty if no connection is the reason. */
  Optional<ConnectionId> onBehalfOf();

  /** Who that connection is, as far as the host says so. */
  default Identity identity() {
    return Identity.UNKNOWN;
  }

  /** Which hook is to run. */
  Hook hook();

  /** Calls the method for this kind of call. */
  <R> R accept(Visitor<R> visitor);

  /**
   * What to do with each kind of call. A kind that is added later adds a method here, so that the
   * compiler points out every place that has to decide about it. So it is for code that is compiled
   * with the host; a plugin that has to outlive versions uses {@code instanceof}, as does who wants
   * only some kinds.
   *
   * @param <R> what comes of it
   */
  @Experimental
  interface Visitor<R> {
    /** A connection wants to join. */
    R join(Join join);

    /** A connection has sent a message. */
    R message(Message message);

    /** A connection has left. */
    R leave(Leave leave);

    /** A timer is due. */
    R timer(Timer timer);

    /** Somebody asks the room. */
    R request(Request request);
  }

  /**
   * A connection wants to join.
   *
   * @param address where
   * @param connection who, as the host names it
   * @param identity who that is; later messages and the leave of the connection say the same
   * @param session the key of the connection's session, if it is to outlive its socket, which it
   *     can in a room that is {@linkplain org.cloudramp.sandbox.api.extension.RoomOrder#isShared
   *     shared}
   */
  record Join(
      RoomAddress address, ConnectionId connection, Identity identity, Optional<Bytes> session)
      implements HookCall {
    /** Described by its parameters, which later versions may add to. */
    @Experimental
    public Join {}

    /** Somebody whose connection ends with its socket. */
    public Join(RoomAddress address, ConnectionId connection, Identity identity) {
      this(address, connection, identity, Optional.empty());
    }

    /** Somebody of whom nothing is known. */
    public Join(RoomAddress address, ConnectionId connection) {
      this(address, connection, Identity.UNKNOWN);
    }

    @Experimental
    @Override
    public Optional<Bytes> session() {
      return session;
    }

    @Override
    public Optional<ConnectionId> onBehalfOf() {
      return Optional.of(connection);
    }

    @Override
    public Hook hook() {
      return Hook.ON_JOIN;
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.join(this);
    }
  }

  /**
   * A connection has sent a message.
   *
   * @param address where
   * @param connection who, as the host names it
   * @param payload what
   * @param identity who that is, as in the connection's {@link Join}
   * @param number of the message among those of its session: it grows, and is taken once, whoever
   *     sends it again; 0 for none
   */
  record Message(
      RoomAddress address, ConnectionId connection, Payload payload, Identity identity, long number)
      implements HookCall {
    /** Described by its parameters, which later versions may add to. */
    @Experimental
    public Message {}

    /** A message without a number. */
    public Message(
        RoomAddress address, ConnectionId connection, Payload payload, Identity identity) {
      this(address, connection, payload, identity, 0);
    }

    /** A message of somebody of whom nothing is known. */
    public Message(RoomAddress address, ConnectionId connection, Payload payload) {
      this(address, connection, payload, Identity.UNKNOWN);
    }

    @Experimental
    @Override
    public long number() {
      return number;
    }

    @Override
    public Optional<ConnectionId> onBehalfOf() {
      return Optional.of(connection);
    }

    @Override
    public Hook hook() {
      return Hook.ON_MESSAGE;
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.message(this);
    }
  }

  /**
   * A connection has left.
   *
   * @param address where
   * @param connection who, as the host names it
   * @param code the WebSocket close code, 1006 if the connection broke
   * @param reason what the leaver gave as a reason; may be empty
   * @param identity who that is, as in the connection's {@link Join}
   */
  record Leave(
      RoomAddress address, ConnectionId connection, int code, String reason, Identity identity)
      implements HookCall {
    /** The leave of somebody of whom nothing is known. */
    public Leave(RoomAddress address, ConnectionId connection, int code, String reason) {
      this(address, connection, code, reason, Identity.UNKNOWN);
    }

    @Override
    public Optional<ConnectionId> onBehalfOf() {
      return Optional.of(connection);
    }

    @Override
    public Hook hook() {
      return Hook.ON_LEAVE;
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.leave(this);
    }
  }

  /**
   * A timer is due. The sandbox hands these in by itself; one that is not set any more, or was set
   * anew, is not run, whoever hands it in.
   *
   * @param timer which, as the store has it
   */
  @Experimental
  record Timer(RoomTimer timer) implements HookCall {
    @Override
    public RoomAddress address() {
      return timer.address();
    }

    @Override
    public Optional<ConnectionId> onBehalfOf() {
      return Optional.empty();
    }

    @Override
    public Hook hook() {
      return Hook.ON_TIMER;
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.timer(this);
    }
  }

  /**
   * Somebody asks the room by HTTP, without being in it. What the room answers is the {@linkplain
   * HookResult#answer answer} of the result.
   *
   * @param address where
   * @param method such as {@code GET}; of capital letters, up to 32
   * @param path what of the URL comes behind the room, with a slash first, and the query with it;
   *     up to 4,096 characters of ASCII that can be seen
   * @param headers those that the room is told, in order; up to 100, of 16 KiB together
   * @param body may be empty
   * @param identity who asks, as far as the host knows
   */
  @Experimental
  record Request(
      RoomAddress address,
      String method,
      String path,
      List<HttpHeader> headers,
      Bytes body,
      Identity identity)
      implements HookCall {
    private static final int MAX_METHOD = 32;
    private static final int MAX_PATH = 4_096;

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if method, path or headers are not what they must be
     */
    public Request {
      headers = List.copyOf(headers);
      if (method.isEmpty()
          || method.length() > MAX_METHOD
          || !method.chars().allMatch(c -> c >= 'A' && c <= 'Z')) {
        throw new IllegalArgumentException("a method is 1 to %d of A-Z".formatted(MAX_METHOD));
      }
      if (!path.startsWith("/")
          || path.length() > MAX_PATH
          || !path.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
        throw new IllegalArgumentException(
            "a path begins with a slash and has up to %d characters of ASCII that can be seen"
                .formatted(MAX_PATH));
      }
      HttpAnswer.requireFew(headers);
    }

    @Override
    public Optional<ConnectionId> onBehalfOf() {
      return Optional.empty();
    }

    @Override
    public Hook hook() {
      return Hook.ON_REQUEST;
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.request(this);
    }
  }
}
