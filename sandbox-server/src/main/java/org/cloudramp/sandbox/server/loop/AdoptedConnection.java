package org.cloudramp.sandbox.server.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of Jetty's that is a loop's as soon as the handshake is answered: its socket, or its
 * end point if that speaks TLS. Jetty keeps the end point, asks nothing of it, and forgets it when
 * it is closed.
 */
final class AdoptedConnection extends AbstractConnection implements Connection.UpgradeTo {
  private static final Logger log = LoggerFactory.getLogger(AdoptedConnection.class);

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final EventLoop loop;
  private final Object owner;
  private final Conversation conversation;
  private final Runnable whenTaken;
  private ByteBuffer read = NOTHING;

  AdoptedConnection(
      EndPoint endPoint,
      Executor executor,
      EventLoop loop,
      Object owner,
      Conversation conversation,
      Runnable whenTaken) {
    super(endPoint, executor);
    this.loop = loop;
    this.owner = owner;
    this.conversation = conversation;
    this.whenTaken = whenTaken;
  }

  /** A client may have sent its first frames behind its handshake. */
  @Override
  public void onUpgradeTo(@Nullable ByteBuffer buffer) {
    if (buffer != null && buffer.hasRemaining()) {
      read = ByteBuffer.allocate(buffer.remaining()).put(buffer).flip(); // Jetty's is used again
    }
  }

  @Override
  public void onOpen() {
    super.onOpen();
    getEndPoint().setIdleTimeout(-1); // silence is looked for elsewhere
    loop.execute(this::adopt);
  }

  private void adopt() {
    try {
      EndPoint endPoint = getEndPoint();
      if (endPoint instanceof SocketChannelEndPoint socket) {
        new LoopConnection(loop, owner, socket.getChannel(), socket, conversation, read).open();
      } else {
        new EncryptedConnection(loop, owner, endPoint, conversation, read).open();
      }
    } catch (IOException | RuntimeException e) {
      log.debug("a connection broke before it was opened", e);
      getEndPoint().close();
    } finally {
      whenTaken.run();
    }
  }

  @Override
  public void onClose(@Nullable Throwable cause) {
    super.onClose(cause);
    whenTaken.run(); // if it was not opened before
  }

  @Override
  public void onFillable() {
    throw new IllegalStateException("nobody has asked Jetty to read");
  }
}
