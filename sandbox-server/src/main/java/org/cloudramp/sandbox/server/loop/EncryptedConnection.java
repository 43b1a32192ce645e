package org.cloudramp.sandbox.server.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.cloudramp.sandbox.server.websocket.Transport;
import org.cloudramp.sandbox.server.websocket.WebSocketSession;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A WebSocket over an end point of Jetty's, which speaks TLS: Jetty's threads wait for the socket,
 * and the loop does all the rest. All of it but {@link #execute} and {@link #isStuck} is for the
 * driver of the loop.
 *
 * <p>What a round has for the connection is encrypted and written together, in pieces of {@value
 * #WRITE_BYTES} bytes. A piece that is being written counts as sent; what waits behind it is in the
 * {@link Backlog}.
 */
final class EncryptedConnection implements Transport, LoopMember {
  private static final Logger log = LoggerFactory.getLogger(EncryptedConnection.class);

  /** As much is read in one round, so that all have their turn. */
  private static final int READ_BYTES = 8 << 10;

  /** As much as one record of TLS holds. */
  private static final int WRITE_BYTES = 16 << 10;

  /** So much is not kept for the end of the round. */
  private static final int MANY_BYTES = 64 << 10;

  /** How long the other end may take to hang up when everything is said, and what it may send. */
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final int LINGER_BYTES = 256 << 10;

  private final EventLoop loop;
  private final EndPoint endPoint;
  private final Backlog backlog;
  private final WebSocketSession session;

  /** Since when a piece is being written; 0 if none is. Read by any thread. */
  private volatile long writingSince;

  /** What was read and is not wanted yet. */
  private @Nullable ByteBuffer rest;

  /** Whether Jetty is going to say that there is something to read. */
  private boolean awaiting;

  /** Whether it goes on in the next round. */
  private boolean putOff;

  private int unwritten;
  private boolean finishing;
  private boolean isOutputShut;
  private long lingerUntil;
  private int lingerBytes;
  private boolean gone;

  /**
   * Takes a connection over.
   *
   * @param read what was read of it before
   */
  EncryptedConnection(
      EventLoop loop, EndPoint endPoint, Conversation conversation, ByteBuffer read) {
    this.loop = loop;
    this.endPoint = endPoint;
    this.backlog = new Backlog(conversation.limit());
    this.rest = read.hasRemaining() ? read : null;
    this.session =
        new WebSocketSession(this, conversation.listener(), conversation.maxMessageBytes());
    loop.join(this);
  }

  void open() {
    session.open();
  }

  @Override
  public void execute(Runnable task) {
    loop.execute(task);
  }

  @Override
  public void execute(Runnable task, int bytes) {
    loop.execute(task, bytes);
  }

  @Override
  public void goOn() {
    putOff = false;
    if (gone) {
      return;
    }
    writeNext();
    if (!gone && !awaiting) {
      read();
    }
  }

  private void goOnLater() {
    if (!putOff && !gone) {
      putOff = true;
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
      lingerBytes += bytes.remaining(); // only its end is of interest
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
    if (!gone) {
      read();
    }
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
    if (gone || writingSince != 0) {
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
    writingSince = Math.max(1, System.nanoTime());
    endPoint.write(
        Callback.from(
            Callback.NOOP.getInvocationType(),
            () -> loop.execute(this::written),
            failure -> loop.execute(this::broken)),
        piece);
  }

  private void written() {
    writingSince = 0;
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
    return writingSince != 0 || !backlog.isEmpty();
  }

  @Override
  public boolean isStuck(long now, long patienceNanos) {
    long since = writingSince;
    return since != 0 && now - since >= patienceNanos;
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
    isOutputShut = true;
    lingerUntil = System.nanoTime() + LINGER_NANOS;
    endPoint.shutdownOutput();
    loop.linger(this);
  }

  @Override
  public boolean isGoneOrLate(long now) {
    return gone || now - lingerUntil >= 0 || lingerBytes > LINGER_BYTES;
  }

  @Override
  public void abort() {
    if (gone) {
      return;
    }
    gone = true;
    rest = null;
    backlog.drop();
    writingSince = 0;
    loop.leave(this);
    endPoint.close();
  }

  @Override
  public void broken() {
    abort();
    session.ended();
  }
}
