package org.cloudramp.sandbox.server.rooms;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.ServiceId;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.exception.BadPayloadException;
import org.eclipse.jetty.websocket.core.exception.MessageTooLargeException;
import org.jspecify.annotations.Nullable;

/**
 * Puts the frames of one connection together to messages. Frames come from one thread at a time;
 * {@link #drop} may come from any.
 */
final class MessageAssembler {
  private static final byte[] NOTHING = {};

  /** Frames of a message need so many bytes each; a few hundred smaller ones do not matter. */
  private static final int MIN_BYTES_OF_FRAME = 64;

  private static final int FRAMES_OF_ANY_SIZE = 1_024;

  private final int maxBytes;
  private final int maxFrames;
  private final ServiceId service;
  private final UnfinishedMessages unfinished;
  private final Consumer<CloseReason> giveUp;
  private Payload.Kind kind = Payload.Kind.TEXT;

  // Guarded by this.
  private UnfinishedMessages.@Nullable Message message;
  private byte[] content = NOTHING;
  private int size;
  private int frames;
  private boolean dropped;

  /**
   * @param maxBytes of a message
   * @param unfinished where what is here of a message counts
   * @param giveUp is told when there is no place for the message that has begun, or it takes too
   *     long; what was here of it is gone then
   */
  MessageAssembler(
      int maxBytes,
      ServiceId service,
      UnfinishedMessages unfinished,
      Consumer<CloseReason> giveUp) {
    this.maxBytes = maxBytes;
    this.maxFrames = Math.max(FRAMES_OF_ANY_SIZE, maxBytes / MIN_BYTES_OF_FRAME);
    this.service = service;
    this.unfinished = unfinished;
    this.giveUp = giveUp;
  }

  /**
   * Takes a data frame, whose order the WebSocket library has checked.
   *
   * @return the message that ends with this frame, if one does; it is to be {@linkplain #handOn
   *     handed on} before the next frame
   * @throws MessageTooLargeException if the message is over the limit, wherever it would end, or
   *     comes in more frames than that many bytes need
   * @throws BadPayloadException if a text is not UTF-8
   */
  Optional<Payload> add(Frame frame) {
    if (frame.getOpCode() != OpCode.CONTINUATION) {
      kind = frame.getOpCode() == OpCode.TEXT ? Payload.Kind.TEXT : Payload.Kind.BINARY;
    }
    Optional<byte[]> bytes = complete(frame);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    if (kind == Payload.Kind.TEXT) {
      requireUtf8(bytes.get());
    }
    return Optional.of(new Payload(kind, Bytes.adopt(bytes.get())));
  }

  private Optional<byte[]> complete(Frame frame) {
    UnfinishedMessages.Message begun;
    int length;
    int more;
    synchronized (this) {
      length = size + frame.getPayloadLength();
      if (length > maxBytes) {
        throw new MessageTooLargeException("a message takes more than " + maxBytes + " bytes");
      }
      if (++frames > maxFrames) {
        throw new MessageTooLargeException("a message comes in more than " + maxFrames + " frames");
      }
      if (dropped) {
        return Optional.empty();
      }
      if (frame.isFin() && message == null) {
        frames = 0;
        return Optional.of(payload(frame)); // as almost all of them are: nothing is kept
      }
      if (message == null) {
        message = unfinished.begin(service, this::giveUp);
      }
      begun = message;
      more = capacity(length) - content.length;
    }
    // Without a lock: to make place, it may tell other connections to give theirs up.
    if (more > 0 && !begun.grow(more)) {
      return Optional.empty();
    }
    synchronized (this) {
      if (dropped) {
        return Optional.empty();
      }
      content = Arrays.copyOf(content, content.length + Math.max(0, more));
      byte[] part = payload(frame);
      System.arraycopy(part, 0, content, size, part.length);
      size = length;
      if (!frame.isFin()) {
        return Optional.empty();
      }
      byte[] all = Arrays.copyOf(content, size);
      content = NOTHING;
      size = 0;
      frames = 0;
      begun.becomeWhole(all.length); // and counts until it is handed on
      return Optional.of(all);
    }
  }

  /** Twice as much each time, so that a message of many frames is not copied for each of them. */
  private int capacity(int length) {
    return length <= content.length
        ? content.length
        : Math.min(maxBytes, Math.max(length, 2 * content.length));
  }

  private static byte[] payload(Frame frame) {
    return frame.hasPayload() ? BufferUtil.toArray(frame.getPayload()) : NOTHING;
  }

  /**
   * The message that has ended waits, and counts meanwhile among those that have not ended. If
   * there is no place for it, it is given up.
   */
  void keep(int length) {
    UnfinishedMessages.Message whole;
    synchronized (this) {
      if (dropped || message != null) {
        return; // there is nothing to keep, or it counts already
      }
      whole = unfinished.begin(service, this::giveUp);
      message = whole;
    }
    if (whole.grow(length)) {
      whole.becomeWhole(length);
    }
  }

  /** The message that has ended is handed on, and counts elsewhere. */
  void handOn() {
    synchronized (this) {
      if (message != null) {
        message.end();
        message = null;
      }
    }
  }

  private void giveUp(CloseReason why) {
    drop();
    giveUp.accept(why);
  }

  /** Forgets what is here of a message, and takes nothing more. */
  synchronized void drop() {
    dropped = true;
    forget();
  }

  private void forget() {
    if (message != null) {
      message.end();
      message = null;
    }
    content = NOTHING;
    size = 0;
    frames = 0;
  }

  private static void requireUtf8(byte[] text) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
    } catch (CharacterCodingException e) {
      throw new BadPayloadException("a text is not UTF-8", e);
    }
  }
}
