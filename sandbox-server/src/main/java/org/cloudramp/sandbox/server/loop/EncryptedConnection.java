package org.cloudramp.sandbox.server.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A WebSocket over an end point of Jetty's, which speaks TLS: Jetty's threads wait for the socket,
 * and the loop does all the rest.
 *
 * <p>What a round has for the connection is encrypted and written together, in pieces of {@value
 * #WRITE_BYTES} bytes. A piece that is being written counts as sent; what waits behind it is in the
 * {@link Backlog}.
 */
final class EncryptedConnection extends LoopMember {
  private static final Logger log = LoggerFactory.getLogger(EncryptedConnection.class);

  /** As much is read in one round, so that all have their turn. */
  private static final int READ_BYTES = 8 << 10;

  /** As much as one record of TLS holds. */
  private static final int WRITE_BYTES = 16 << 10;

  /** So much is not kept for the end of the round. */
  private static final int MANY_BYTES = 64 << 10;

  /** Whether Jetty is going to say that there is something to read. */
  private boolean awaiting;

  private int unwritten;

  /**
   * Takes a connection over.
   *
   * @param owner whose it is
   * @param read what was read of it before
   */
  EncryptedConnection(
      EventLoop loop, Object owner, EndPoint endPoint, Conversation conversation, ByteBuffer read) {
    super(loop, owner, endPoint, conversation, read);
    loop.join(this);
  }

  @Override
  void serve() {
    if (gone) {
      return;
    }
    writeNext();
    if (!gone && !awaiting) {
      read();
    }
  }

  private void goOnLater() {
    if (!gone) {
      loop.goOnWith(this);
    }
  }

  // Reading.

  private void read() {
    if (!isOutputShut && !session.wants()) {
      return; // until it does
    }
    ByteBuffer bytes = rest;
    rest = null;
    try {
      if (bytes == null) {
        bytes = BufferUtil.allocate(READ_BYTES);
        int size = endPoint.fill(bytes);
        hasRead(size == 0); // a record may hold less than there is room for
        if (size < 0) {
          broken();
          return;
        }
        if (size == 0) {
          awaitBytes();
          return;
        }
      }
    } catch (IOException e) {
      log.debug("a connection broke", e);
      broken();
      return;
    }
    if (isOutputShut) {
      ignore(bytes.remaining()); // only its end is of interest
      goOnLater();
      return;
    }
    session.received(bytes);
    if (gone || finishing) {
      return;
    }
    if (bytes.hasRemaining()) {
      rest = bytes;
    } else {
      goOnLater();
    }
  }

  private void awaitBytes() {
    awaiting = true;
    endPoint.fillInterested(
        Callback.from(
            Callback.NOOP.getInvocationType(),
            () -> loop.execute(this::canBeRead),
            failure -> loop.execute(this::broken)));
  }

  private void canBeRead() {
    awaiting = false;
    goOnLater();
  }

  @Override
  public void resume() {
    if (!awaiting) {
      goOnLater();
    }
  }

  // Writing.

  @Override
  public void write(OutgoingFrame frame) {
    if (gone || finishing) {
      return;
    }
    if (backlog.add(frame, 0)) {
      unwritten += frame.size();
    }
    backlog.added();
    if (unwritten >= MANY_BYTES) {
      writeNext();
    } else {
      goOnLater();
    }
  }

  private void writeNext() {
    if (gone || behindSince != 0) {
      return;
    }
    if (backlog.isEmpty()) {
      unwritten = 0;
      finishIfDone();
      return;
    }
    ByteBuffer piece = ByteBuffer.allocate(WRITE_BYTES);
    backlog.writeTo(piece);
    piece.flip();
    backlog.sent(piece.remaining());
    unwritten = Math.max(0, unwritten - piece.remaining());
    behindSince = Math.max(1, System.nanoTime());
    endPoint.write(
        Callback.from(
            Callback.NOOP.getInvocationType(),
            () -> loop.execute(this::written),
            failure -> loop.execute(this::broken)),
        piece);
  }

  private void written() {
    behindSince = 0;
    if (gone) {
      return;
    }
    if (backlog.isEmpty()) {
      session.caughtUp();
    }
    goOnLater();
  }

  @Override
  public boolean isBehind() {
    return behindSince != 0 || !backlog.isEmpty();
  }

  @Override
  public void dropWaiting() {
    backlog.dropWaiting();
  }

  // The end.

  @Override
  public void finish() {
    finishing = true;
    rest = null;
    goOnLater();
  }

  private void finishIfDone() {
    if (!finishing || isOutputShut) {
      return;
    }
    linger();
    endPoint.shutdownOutput();
  }

  @Override
  void leaveLoop() {
    loop.leave(this);
  }
}
