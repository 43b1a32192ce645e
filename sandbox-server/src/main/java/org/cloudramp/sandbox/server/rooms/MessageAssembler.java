package org.cloudramp.sandbox.server.rooms;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Payload;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.exception.BadPayloadException;
import org.eclipse.jetty.websocket.core.exception.MessageTooLargeException;

/** Puts the frames of one connection together to messages. One thread at a time. */
final class MessageAssembler {
  private final int mostBytes;
  private final ByteArrayOutputStream content = new ByteArrayOutputStream(0);
  private Payload.Kind kind = Payload.Kind.TEXT;

  MessageAssembler(int mostBytes) {
    this.mostBytes = mostBytes;
  }

  /**
   * Takes a data frame, whose order the WebSocket library has checked.
   *
   * @return the message that ends with this frame, if one does
   * @throws MessageTooLargeException if the message is over the limit, wherever it would end
   * @throws BadPayloadException if a text is not UTF-8
   */
  Optional<Payload> add(Frame frame) {
    if (frame.getOpCode() != OpCode.CONTINUATION) {
      kind = frame.getOpCode() == OpCode.TEXT ? Payload.Kind.TEXT : Payload.Kind.BINARY;
    }
    if (content.size() + frame.getPayloadLength() > mostBytes) {
      throw new MessageTooLargeException("a message takes more than " + mostBytes + " bytes");
    }
    if (frame.hasPayload()) {
      content.writeBytes(BufferUtil.toArray(frame.getPayload()));
    }
    if (!frame.isFin()) {
      return Optional.empty();
    }
    byte[] message = content.toByteArray();
    content.reset();
    if (kind == Payload.Kind.TEXT) {
      requireUtf8(message);
    }
    return Optional.of(new Payload(kind, Bytes.adopt(message)));
  }

  private static void requireUtf8(byte[] text) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
    } catch (CharacterCodingException e) {
      throw new BadPayloadException("a text is not UTF-8", e);
    }
  }
}
