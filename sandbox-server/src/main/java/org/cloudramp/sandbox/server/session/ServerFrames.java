package org.cloudramp.sandbox.server.session;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.kv.LogPosition;

/** What a client is told, each as the content of one binary message. */
public final class ServerFrames {
  /** The subprotocol. */
  public static final String SUBPROTOCOL = "sandbox.v1";

  private ServerFrames() {}

  /** Why a session begins. */
  public enum Beginning {
    /** The client has asked for that. */
    FIRST(0),
    /** The one that it wanted to go on with is over. */
    UNKNOWN(1),
    /** What it has missed of the one that it wanted to go on with is not there any more. */
    LOST(2);

    private final int code;

    Beginning(int code) {
      this.code = code;
    }
  }

  /** A session has begun. */
  public static Payload welcome(
      Beginning why,
      ConnectionId connection,
      SessionSecret secret,
      LogPosition position,
      Duration grace) {
    byte[] name = connection.value().getBytes(StandardCharsets.US_ASCII);
    byte[] epoch = position.epoch().getBytes(StandardCharsets.US_ASCII);
    byte[] frame =
        new byte
            [2
                + 2 * Integer.BYTES
                + name.length
                + SessionSecret.BYTES
                + epoch.length
                + Long.BYTES
                + Integer.BYTES];
    ByteBuffer out = into(frame).put((byte) Kind.WELCOME).put((byte) why.code);
    out.putInt(name.length).put(name);
    out.put(secret.bytes());
    out.putInt(epoch.length).put(epoch).putLong(position.number());
    out.putInt(Math.toIntExact(grace.toMillis()));
    return binary(frame);
  }

  /**
   * A session goes on.
   *
   * @param received the number of the last of its messages that was taken
   * @param until what it has missed comes next, up to here
   */
  public static Payload resumed(long received, LogPosition until) {
    byte[] frame = new byte[1 + 2 * Long.BYTES];
    into(frame).put((byte) Kind.RESUMED).putLong(received).putLong(until.number());
    return binary(frame);
  }

  /** All messages up to a number have been taken. */
  public static Payload taken(long number) {
    return counted(Kind.TAKEN, number);
  }

  /**
   * A message has had no effect.
   *
   * @param why in a word of {@code docs/protocol.md}
   */
  public static Payload failed(long number, String why) {
    byte[] word = why.getBytes(StandardCharsets.US_ASCII);
    byte[] frame = new byte[1 + Long.BYTES + word.length];
    into(frame).put((byte) Kind.FAILED).putLong(number).put(word);
    return binary(frame);
  }

  /** All up to here was sent that the client is to get. */
  public static Payload position(LogPosition position) {
    return counted(Kind.POSITION, position.number());
  }

  /** A sign of life. */
  public static Payload pong() {
    return binary(new byte[] {Kind.PONG});
  }

  /** A message, with where it is in the room's log. */
  public static Payload message(Payload payload, LogPosition position) {
    byte[] frame = new byte[1 + Long.BYTES + payload.bytes().size()];
    ByteBuffer out =
        into(frame).put((byte) (payload.kind() == Payload.Kind.TEXT ? Kind.TEXT : Kind.BINARY));
    out.putLong(position.number());
    payload.bytes().copyInto(frame, out.position());
    return binary(frame);
  }

  private static Payload counted(int kind, long count) {
    byte[] frame = new byte[1 + Long.BYTES];
    into(frame).put((byte) kind).putLong(count);
    return binary(frame);
  }

  private static ByteBuffer into(byte[] frame) {
    return ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Payload binary(byte[] frame) {
    return new Payload(Payload.Kind.BINARY, Bytes.adopt(frame));
  }
}
