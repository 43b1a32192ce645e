package org.cloudramp.sandbox.server.rooms;

import java.util.Set;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;

/**
 * A WebSocket that is opened to be closed: of a handshake that fails, a page learns that it has
 * failed and nothing else, but it learns the code and the reason of a close.
 *
 * <p>It belongs to no room. What the client sends is read and forgotten until it answers the close,
 * and it gets no more time for that than the server's patience.
 */
final class TurnedAway implements FrameHandler, Watched {
  private final CloseReason why;
  private final SharedContent content;
  private final ServerSettings settings;
  private final Set<TurnedAway> open;

  // Set when the connection opens, before anybody else knows of it.
  private CoreSession session;
  private Outbox outbox;

  /**
   * @param open those that are there; each adds and removes itself
   */
  @SuppressWarnings("NullAway.Init") // the session comes with onOpen
  TurnedAway(
      CloseReason why, SharedContent content, ServerSettings settings, Set<TurnedAway> open) {
    this.why = why;
    this.content = content;
    this.settings = settings;
    this.open = open;
  }

  @Override
  public void onOpen(CoreSession coreSession, Callback callback) {
    session = coreSession;
    outbox = new Outbox(coreSession, content, settings);
    open.add(this);
    callback.succeeded();
    outbox.close(why);
    session.demand(); // for the answer
  }

  @Override
  public void onFrame(Frame frame, Callback callback) {
    callback.succeeded();
    if (frame.getOpCode() != OpCode.CLOSE) {
      session.demand();
    }
  }

  @Override
  public void onError(Throwable cause, Callback callback) {
    callback.succeeded();
  }

  @Override
  public void onClosed(CloseStatus closeStatus, Callback callback) {
    outbox.stop();
    open.remove(this);
    callback.succeeded();
  }

  @Override
  public void look(long now) {
    if (outbox.isCloseOverdue(now)) {
      drop();
    }
  }

  /** Waits for no answer any more. */
  void drop() {
    session.abort();
  }
}
