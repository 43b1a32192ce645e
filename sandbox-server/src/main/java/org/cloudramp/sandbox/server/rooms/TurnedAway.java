package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.Set;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.OutgoingEntry;

/**
 * A WebSocket that is opened to be closed: of a handshake that fails, a page learns that it has
 * failed and nothing else, but it learns the code and the reason of a close.
 *
 * <p>It belongs to no room. What the client sends is read and forgotten until it answers the close,
 * and for all of that it gets the server's patience, however it goes on.
 */
final class TurnedAway implements FrameHandler, Watched {
  private final CloseReason why;
  private final Duration patience;
  private final Set<TurnedAway> open;

  // Set when the connection opens, before anybody else knows of it.
  private CoreSession session;
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

  @Override
  public void onOpen(CoreSession coreSession, Callback callback) {
    session = coreSession;
    begin = System.nanoTime();
    open.add(this);
    callback.succeeded();
    Frame close = new CloseStatus(why.code(), why.reason()).toFrame();
    session.sendFrame(new OutgoingEntry.Builder(close, Callback.NOOP).build());
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
    open.remove(this);
    callback.succeeded();
  }

  @Override
  public void look(long now) {
    if (now - begin >= patience.toNanos()) {
      drop();
    }
  }

  /** Waits for no answer any more. */
  void drop() {
    session.abort();
  }
}
