package org.cloudramp.sandbox.server.websocket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.cloudramp.sandbox.api.Payload;

/**
 * Takes apart what a client sends. Strict: what two readers could take for two things is refused,
 * as soon as the byte that is wrong has come. Not thread-safe.
 *
 * <p>It is asked for one thing after the other ({@link #next}), so whoever has enough for now
 * leaves the rest of the bytes where they are. Frames of data are handed on in pieces, as they
 * come: no more than a header or a control frame (125 bytes) is kept here, however large a frame
 * claims to be.
 */
final class FrameDecoder {
  /** What has come. */
  enum Event {
    /** Nothing whole: more bytes are needed. */
    NOTHING,
    /** A piece of a message: {@link #kind}, {@link #piece}, {@link #endsMessage}. */
    DATA,
    /** A ping; its content is the {@link #piece}. */
    PING,
    /** A pong. */
    PONG,
    /** A close: {@link #closeStatus}. */
    CLOSE
  }

  private static final byte[] EMPTY = {};
  private static final CloseStatus NO_CODE = new CloseStatus(CloseStatus.NO_CODE, "");

  private static final int FIN = 0x80;
  private static final int RESERVED = 0x70;
  private static final int OPCODE = 0x0F;
  private static final int MASKED = 0x80;
  private static final int LENGTH = 0x7F;
  private static final int LENGTH_OF_TWO_BYTES = 126;
  private static final int LENGTH_OF_EIGHT_BYTES = 127;
  private static final int MAX_CONTROL_PAYLOAD = 125;
  private static final int MASK_BYTES = 4;
  private static final int MAX_HEADER = 2 + 8 + MASK_BYTES;

  private final int maxMessageBytes;

  // The header that is coming.
  private final byte[] header = new byte[MAX_HEADER];
  private int headerSize;

  // The frame that is coming.
  private boolean inFrame;
  private boolean fin;
  private int opcode;
  private int key;
  private long payloadLength;
  private long payloadSeen;
  private byte[] control = EMPTY;

  // The message that is coming.
  private boolean inMessage;
  private Payload.Kind kind = Payload.Kind.TEXT;
  private long messageLength;
  private final Utf8Validator utf8 = new Utf8Validator();

  // What has come.
  private byte[] piece = EMPTY;
  private boolean endsMessage;
  private CloseStatus closeStatus = NO_CODE;

  /**
   * @param maxMessageBytes of one message, all its frames together
   */
  FrameDecoder(int maxMessageBytes) {
    this.maxMessageBytes = maxMessageBytes;
  }

  /**
   * Takes as many bytes as the next event needs, or all that are there.
   *
   * @throws ProtocolException if the client has made a mistake; nothing may be asked any more
   */
  Event next(ByteBuffer in) throws ProtocolException {
    if (!inFrame && !readHeader(in)) {
      return Event.NOTHING;
    }
    if (Opcode.isControl(opcode)) {
      return readControl(in);
    }
    return readData(in);
  }

  /** How the message is to be read. */
  Payload.Kind kind() {
    return kind;
  }

  /** What has come of it; the receiver's to keep. */
  byte[] piece() {
    return piece;
  }

  /** Whether the message ends with that piece. */
  boolean endsMessage() {
    return endsMessage;
  }

  /** What the close frame says. */
  CloseStatus closeStatus() {
    return closeStatus;
  }

  private boolean readHeader(ByteBuffer in) throws ProtocolException {
    int wanted = headerSize < 2 ? 2 : headerLength();
    while (headerSize < wanted) {
      if (!in.hasRemaining()) {
        return false;
      }
      header[headerSize++] = in.get();
      if (headerSize == 1) {
        checkFirstByte();
      } else if (headerSize == 2) {
        checkSecondByte();
        wanted = headerLength();
      }
    }
    begin();
    return true;
  }

  private void checkFirstByte() throws ProtocolException {
    int first = header[0];
    opcode = first & OPCODE;
    fin = (first & FIN) != 0;
    if ((first & RESERVED) != 0) {
      throw ProtocolException.violated("a reserved bit is set, and no extension was agreed on");
    }
    if (!Opcode.isKnown(opcode)) {
      throw ProtocolException.violated("opcode " + opcode + " is reserved");
    }
    if (Opcode.isControl(opcode)) {
      if (!fin) {
        throw ProtocolException.violated("a control frame must not be fragmented");
      }
    } else if (opcode == Opcode.CONTINUATION && !inMessage) {
      throw ProtocolException.violated("a continuation without a message that it continues");
    } else if (opcode != Opcode.CONTINUATION && inMessage) {
      throw ProtocolException.violated("a message begins before the one before it has ended");
    }
  }

  private void checkSecondByte() throws ProtocolException {
    if ((header[1] & MASKED) == 0) {
      throw ProtocolException.violated("a frame of a client must be masked");
    }
    if (Opcode.isControl(opcode) && (header[1] & LENGTH) > MAX_CONTROL_PAYLOAD) {
      throw ProtocolException.violated("a control frame has at most 125 bytes");
    }
  }

  private int lengthBytes() {
    return switch (header[1] & LENGTH) {
      case LENGTH_OF_TWO_BYTES -> Short.BYTES;
      case LENGTH_OF_EIGHT_BYTES -> Long.BYTES;
      default -> 0;
    };
  }

  private int headerLength() {
    return 2 + lengthBytes() + MASK_BYTES;
  }

  /** The header is here: a frame begins. */
  private void begin() throws ProtocolException {
    int at = 2 + lengthBytes();
    payloadLength =
        switch (at) {
          case 2 + Short.BYTES -> minimal(big(2, Short.BYTES), LENGTH_OF_TWO_BYTES);
          case 2 + Long.BYTES -> minimal(big(2, Long.BYTES), 1 << Short.SIZE);
          default -> header[1] & LENGTH;
        };
    key = (int) big(at, MASK_BYTES);
    payloadSeen = 0;
    headerSize = 0;
    inFrame = true;
    if (Opcode.isControl(opcode)) {
      control = payloadLength == 0 ? EMPTY : new byte[(int) payloadLength];
      return;
    }
    if (opcode != Opcode.CONTINUATION) {
      kind = opcode == Opcode.TEXT ? Payload.Kind.TEXT : Payload.Kind.BINARY;
      inMessage = true;
      messageLength = 0;
    }
    if (payloadLength > maxMessageBytes - messageLength) {
      throw ProtocolException.tooBig("a message takes more than " + maxMessageBytes + " bytes");
    }
    messageLength += payloadLength;
  }

  private long big(int from, int bytes) {
    long value = 0;
    for (int i = from; i < from + bytes; i++) {
      value = (value << Byte.SIZE) | (header[i] & 0xFF);
    }
    return value;
  }

  /** A length may be written in one way only, and its first bit is never set. */
  private static long minimal(long length, int least) throws ProtocolException {
    if (length < least) {
      throw ProtocolException.violated("a length is negative or written with too many bytes");
    }
    return length;
  }

  private Event readControl(ByteBuffer in) throws ProtocolException {
    int size = (int) Math.min(in.remaining(), payloadLength - payloadSeen);
    in.get(control, (int) payloadSeen, size);
    payloadSeen += size;
    if (payloadSeen < payloadLength) {
      return Event.NOTHING;
    }
    inFrame = false;
    Mask.remove(control, key, 0);
    piece = control;
    control = EMPTY;
    return switch (opcode) {
      case Opcode.PING -> Event.PING;
      case Opcode.PONG -> Event.PONG;
      default -> {
        closeStatus = closeStatus(piece);
        yield Event.CLOSE;
      }
    };
  }

  private static CloseStatus closeStatus(byte[] payload) throws ProtocolException {
    if (payload.length == 0) {
      return NO_CODE;
    }
    if (payload.length == 1) {
      throw ProtocolException.violated("the code of a close has two bytes");
    }
    int code = (payload[0] & 0xFF) << Byte.SIZE | (payload[1] & 0xFF);
    if (!CloseStatus.maySend(code)) {
      throw ProtocolException.violated("no close frame may have code " + code);
    }
    byte[] reason = Arrays.copyOfRange(payload, Short.BYTES, payload.length);
    Utf8Validator text = new Utf8Validator();
    if (!text.accept(reason) || !text.end()) {
      throw ProtocolException.notUtf8("the reason of a close");
    }
    return new CloseStatus(code, new String(reason, StandardCharsets.UTF_8));
  }

  private Event readData(ByteBuffer in) throws ProtocolException {
    int size = (int) Math.min(in.remaining(), payloadLength - payloadSeen);
    if (size == 0 && payloadSeen < payloadLength) {
      return Event.NOTHING;
    }
    byte[] content = size == 0 ? EMPTY : new byte[size];
    in.get(content);
    Mask.remove(content, key, payloadSeen);
    payloadSeen += size;
    inFrame = payloadSeen < payloadLength;
    piece = content;
    endsMessage = fin && !inFrame;
    if (kind == Payload.Kind.TEXT && (!utf8.accept(content) || (endsMessage && !utf8.end()))) {
      throw ProtocolException.notUtf8("a text");
    }
    inMessage = !endsMessage;
    return Event.DATA;
  }
}
