package org.cloudramp.sandbox.server.websocket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * What a decoder has made of bytes: messages and control frames in the order in which they ended,
 * each as a line, up to the close or the code that it has failed with.
 *
 * @param reason why it has failed; empty if it has not
 */
record Reading(List<String> events, String reason) {
  static final int MAX_MESSAGE = 1 << 20;

  /** Reads pieces of that size. */
  static Reading inPiecesOf(int size, byte[] bytes) {
    return of(bytes, size, MAX_MESSAGE);
  }

  static Reading whole(byte[] bytes) {
    return of(bytes, Math.max(1, bytes.length), MAX_MESSAGE);
  }

  static Reading of(byte[] bytes, int pieceSize, int maxMessage) {
    FrameDecoder decoder = new FrameDecoder(maxMessage);
    List<String> events = new ArrayList<>();
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    for (int at = 0; at < bytes.length; at += pieceSize) {
      ByteBuffer piece = ByteBuffer.wrap(bytes, at, Math.min(pieceSize, bytes.length - at));
      try {
        while (piece.hasRemaining()) {
          FrameDecoder.Event event = decoder.next(piece);
          note(decoder, event, message, events);
          if (event == FrameDecoder.Event.CLOSE) {
            return new Reading(events, ""); // nothing is read behind it
          }
        }
      } catch (ProtocolException e) {
        events.add("fails " + e.status().code());
        return new Reading(events, e.status().reason());
      }
    }
    return new Reading(events, "");
  }

  private static void note(
      FrameDecoder decoder,
      FrameDecoder.Event event,
      ByteArrayOutputStream message,
      List<String> events) {
    switch (event) {
      case NOTHING -> {}
      case DATA -> {
        message.writeBytes(decoder.piece());
        if (decoder.endsMessage()) {
          events.add(line(decoder.kind().name(), message.toByteArray()));
          message.reset();
        }
      }
      case PING -> events.add(line("PING", decoder.piece()));
      case PONG -> events.add(line("PONG", decoder.piece()));
      case CLOSE ->
          events.add("CLOSE " + decoder.closeStatus().code() + decoder.closeStatus().reason());
    }
  }

  static String line(String kind, byte[] content) {
    return kind + " " + HexFormat.of().formatHex(content);
  }
}
