package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.Set;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.server.loop.BacklogLimit;
import org.cloudramp.sandbox.server.loop.Conversation;
import org.cloudramp.sandbox.server.websocket.CloseStatus;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.cloudramp.sandbox.server.websocket.WebSocketListener;
import org.cloudramp.sandbox.server.websocket.WebSocketSession;

/**
 * A WebSocket that is opened to be closed: of a handshake that fails, a page learns that it has
 * failed and nothing else, but it learns the code and the reason of a close.
 *
 * <p>It belongs to no room. What the client sends is read and forgotten until it answers the close,
 * and for all of that it gets the server's patience, however it goes on.
 */
final class TurnedAway implements WebSocketListener, Watched {
  /** It is sent no message, so none waits. */
  private static final BacklogLimit NO_MESSAGES =
      new BacklogLimit() {
        @Override
        public boolean admit(OutgoingFrame message, boolean mustWait) {
          return false;
        }

        @Override
        public void release(OutgoingFrame message) {}

        @Override
        public void relieve() {}
      };

  private final CloseReason why;
  private final Duration patience;
  private final Set<TurnedAway> open;

  // Set when the connection opens, before anybody else knows of it.
  private WebSocketSession session;
  private long begin;

  /**
   * @param open those that are there; each adds and removes itself
   */
  @SuppressWarnings("NullAway.Init") // the session comes with onOpen
  TurnedAway(CloseReason why, Duration patience, Set<TurnedAway> open) {
    this.why = why;
    this.patience = patience;
    this.open = open;
  }

  /** What its connection is for. */
  Conversation conversation(int maxMessageBytes) {
    return new Conversation(this, NO_MESSAGES, maxMessageBytes);
  }

  @Override
  public void onOpen(WebSocketSession opened) {
    session = opened;
    begin = System.nanoTime();
    open.add(this);
    session.close(why.status());
  }

  @Override
  public void onHeard() {}

  @Override
  public void onMessage(Payload.Kind kind, byte[] piece, boolean endsMessage) {}

  @Override
  public void onClosed(CloseStatus status) {
    open.remove(this);
  }

  @Override
  public boolean look(long now) {
    boolean isOver = now - begin >= patience.toNanos();
    if (isOver) {
      drop();
    }
    return isOver;
  }

  /** Waits for no answer any more. */
  void drop() {
    session.abort();
  }
}
