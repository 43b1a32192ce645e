package org.cloudramp.sandbox.server.websocket;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Payload;

/**
 * One frame that clients are sent, whole and not masked. Many connections may be sent the same one,
 * whose bytes are there once. Thread-safe.
 */
public final class OutgoingFrame {
  private static final int FIN = 0x80;
  private static final int MAX_LENGTH_OF_ONE_BYTE = 125;
  private static final int MAX_LENGTH_OF_TWO_BYTES = 0xFFFF;

  private final int opcode;
  private final Bytes payload;
  private final int headerSize;

  /** At how many connections it waits. */
  private final AtomicInteger holders = new AtomicInteger();

  private OutgoingFrame(int opcode, Bytes payload) {
    this.opcode = opcode;
    this.payload = payload;
    int length = payload.size();
    this.headerSize =
        length <= MAX_LENGTH_OF_ONE_BYTE ? 2 : length <= MAX_LENGTH_OF_TWO_BYTES ? 4 : 10;
  }

  /** A message. */
  public static OutgoingFrame message(Payload payload) {
    int opcode = payload.kind() == Payload.Kind.TEXT ? Opcode.TEXT : Opcode.BINARY;
    return new OutgoingFrame(opcode, payload.bytes());
  }

  static OutgoingFrame ping() {
    return new OutgoingFrame(Opcode.PING, Bytes.empty());
  }

  static OutgoingFrame pong(byte[] content) {
    return new OutgoingFrame(Opcode.PONG, Bytes.adopt(content));
  }

  static OutgoingFrame close(CloseStatus status) {
    return new OutgoingFrame(Opcode.CLOSE, Bytes.adopt(status.toBytes()));
  }

  /** Whether it is a message, and no control frame. */
  public boolean isMessage() {
    return !Opcode.isControl(opcode);
  }

  /** Bytes of the content. */
  public int payloadSize() {
    return payload.size();
  }

  /** Bytes of the frame. */
  public int size() {
    return headerSize + payload.size();
  }

  /** It waits at one connection more; whether that is the only one. */
  public boolean hold() {
    return holders.getAndIncrement() == 0;
  }

  /** It waits at one connection fewer; whether that was the last one. */
  public boolean letGo() {
    return holders.decrementAndGet() == 0;
  }

  /**
   * Writes a part of the frame, as much as there is room for.
   *
   * @param from the first byte of the frame to write
   * @return how many were written
   */
  public int writeTo(ByteBuffer target, int from) {
    int begin = target.position();
    int at = from;
    for (; at < headerSize && target.hasRemaining(); at++) {
      target.put(headerByte(at));
    }
    if (at >= headerSize) {
      ByteBuffer content = payload.asReadOnlyBuffer().position(at - headerSize);
      if (content.remaining() > target.remaining()) {
        content.limit(content.position() + target.remaining());
      }
      target.put(content);
    }
    return target.position() - begin;
  }

  private byte headerByte(int index) {
    int length = payload.size();
    if (index == 0) {
      return (byte) (FIN | opcode);
    }
    if (index == 1) {
      return (byte) (headerSize == 2 ? length : headerSize == 4 ? 126 : 127);
    }
    int shift = (headerSize - 1 - index) * Byte.SIZE;
    return (byte) (shift >= Integer.SIZE ? 0 : length >>> shift);
  }
}
