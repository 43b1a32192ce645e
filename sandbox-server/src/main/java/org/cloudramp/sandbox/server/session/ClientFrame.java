package org.cloudramp.sandbox.server.session;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.kv.LogPosition;

/** What a client says. */
public sealed interface ClientFrame {
  /** It wants to begin a session. */
  record Join() implements ClientFrame {}

  /**
   * It wants to go on with one.
   *
   * @param connection of the session
   * @param secret that it has
   * @param next that it has made to take its place
   * @param after it has all up to here
   */
  record Resume(
      ConnectionId connection, SessionSecret secret, SessionSecret next, LogPosition after)
      implements ClientFrame {}

  /** It asks for a sign of life. */
  record Ping() implements ClientFrame {}

  /** It asks to be told, on this socket, which of its messages fail. */
  record Failures() implements ClientFrame {}

  /**
   * It says something into the room.
   *
   * @param number larger than that of the last one; positive
   */
  record Message(long number, Payload payload) implements ClientFrame {}

  /** Numbers that a client of any language can count to. */
  long MAX_NUMBER = (1L << 53) - 1;

  /** A name of a connection or an epoch is no longer. */
  int MAX_NAME = 128;

  /**
   * Reads a frame.
   *
   * @throws FrameException if it is none
   */
  static ClientFrame read(Payload frame) throws FrameException {
    if (frame.kind() != Payload.Kind.BINARY) {
      throw new FrameException("a frame is a binary message");
    }
    ByteBuffer in = frame.bytes().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    if (!in.hasRemaining()) {
      throw new FrameException("the frame is empty");
    }
    int kind = in.get() & 0xFF;
    return switch (kind) {
      case Kind.JOIN -> whole(in, new Join());
      case Kind.RESUME -> whole(in, resume(in));
      case Kind.PING -> whole(in, new Ping());
      case Kind.FAILURES -> whole(in, new Failures());
      case Kind.TEXT -> new Message(number(in), text(in));
      case Kind.BINARY -> new Message(number(in), new Payload(Payload.Kind.BINARY, rest(in)));
      default -> throw new FrameException("there is no frame of kind " + kind);
    };
  }

  private static ClientFrame whole(ByteBuffer in, ClientFrame read) throws FrameException {
    if (in.hasRemaining()) {
      throw new FrameException("%d bytes follow the frame".formatted(in.remaining()));
    }
    return read;
  }

  private static Resume resume(ByteBuffer in) throws FrameException {
    String connection = name(in);
    SessionSecret secret = secret(in);
    SessionSecret next = secret(in);
    String epoch = name(in);
    LogPosition after = LogPosition.ofNumber(epoch, count(in, "an offset"));
    try {
      return new Resume(new ConnectionId(connection), secret, next, after);
    } catch (IllegalArgumentException e) {
      throw new FrameException("no connection can be called so");
    }
  }

  private static SessionSecret secret(ByteBuffer in) throws FrameException {
    require(in, SessionSecret.BYTES);
    byte[] secret = new byte[SessionSecret.BYTES];
    in.get(secret);
    return new SessionSecret(secret);
  }

  private static String name(ByteBuffer in) throws FrameException {
    require(in, Integer.BYTES);
    int length = in.getInt();
    if (length < 0 || length > MAX_NAME) {
      throw new FrameException("a name has up to %d bytes".formatted(MAX_NAME));
    }
    require(in, length);
    byte[] name = new byte[length];
    in.get(name);
    return new String(name, StandardCharsets.US_ASCII);
  }

  private static long number(ByteBuffer in) throws FrameException {
    long number = count(in, "a number");
    if (number == 0) {
      throw new FrameException("messages are numbered from 1");
    }
    return number;
  }

  private static long count(ByteBuffer in, String what) throws FrameException {
    require(in, Long.BYTES);
    long count = in.getLong();
    if (count < 0 || count > MAX_NUMBER) {
      throw new FrameException("%s is 0 to 2^53 - 1".formatted(what));
    }
    return count;
  }

  private static Payload text(ByteBuffer in) throws FrameException {
    Bytes content = rest(in);
    try {
      StandardCharsets.UTF_8.newDecoder().decode(content.asReadOnlyBuffer());
    } catch (CharacterCodingException e) {
      throw new FrameException("a text is not UTF-8");
    }
    return new Payload(Payload.Kind.TEXT, content);
  }

  private static Bytes rest(ByteBuffer in) {
    byte[] rest = new byte[in.remaining()];
    in.get(rest);
    return Bytes.adopt(rest);
  }

  private static void require(ByteBuffer in, int bytes) throws FrameException {
    if (in.remaining() < bytes) {
      throw new FrameException("the frame ends too soon");
    }
  }
}
