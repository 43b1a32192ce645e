package org.cloudramp.sandbox.server.websocket;

import org.cloudramp.sandbox.api.Payload;

/** Told what comes from one client, in the strand of its session: one thing after the other. */
public interface WebSocketListener {
  /** The conversation begins. Nothing is read before {@link WebSocketSession#demand}. */
  void onOpen(WebSocketSession session);

  /** The client has said something, whatever it was: it is there. */
  void onHeard();

  /**
   * A piece of a message has come; the next one comes after {@link WebSocketSession#demand}.
   *
   * @param piece the receiver's to keep; a text is known to be UTF-8 up to its end
   * @param endsMessage whether the message ends with it
   * @throws ProtocolException if the message is not to be taken; closes the connection
   */
  void onMessage(Payload.Kind kind, byte[] piece, boolean endsMessage) throws ProtocolException;

  /**
   * The conversation is over, whoever has ended it. Once, and the last thing to be told.
   *
   * @param status what was said first: by the client, or to it
   */
  void onClosed(CloseStatus status);
}
