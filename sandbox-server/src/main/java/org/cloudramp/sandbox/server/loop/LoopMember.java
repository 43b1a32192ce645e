package org.cloudramp.sandbox.server.loop;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.server.websocket.Transport;
import org.cloudramp.sandbox.server.websocket.WebSocketSession;
import org.eclipse.jetty.io.EndPoint;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket on one loop: what waits to be sent, and how it ends. How bytes come and go is for
 * those that extend this. All of it but {@link #execute}, {@link #isStuck} and {@link #hasMore} is
 * for the driver of the loop.
 */
abstract class LoopMember implements Transport {
  /** How long the other end may take to hang up when everything is said, and what it may send. */
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final int LINGER_BYTES = 256 << 10;

  final EventLoop loop;

  /** Whose it is; the loop serves owners in turns. */
  final Object owner;

  /** Whether it waits to be served. */
  boolean isListed;

  /** Jetty's, which has accepted the socket and has to forget it at the end. */
  final EndPoint endPoint;

  final Backlog backlog;
  final WebSocketSession session;

  /** Since when what was to go out first has not; 0 if nothing waits. Read by any thread. */
  volatile long behindSince;

  /** Since when no read has come to the end of what was there; 0 if the last did. */
  private volatile long unreadSince;

  /** What was read and is not wanted yet. */
  @Nullable ByteBuffer rest;

  /** Whether nothing more is written. */
  boolean finishing;

  boolean isOutputShut;
  boolean gone;
  private long lingerUntil;
  private int lingerBytes;

  /**
   * Takes a connection over.
   *
   * @param owner whose it is
   * @param read what was read of it before
   */
  LoopMember(
      EventLoop loop, Object owner, EndPoint endPoint, Conversation conversation, ByteBuffer read) {
    this.loop = loop;
    this.owner = owner;
    this.endPoint = endPoint;
    this.backlog = new Backlog(conversation.limit());
    this.rest = read.hasRemaining() ? read : null;
    this.session =
        new WebSocketSession(this, conversation.listener(), conversation.maxMessageBytes());
  }

  final void open() {
    session.open();
  }

  @Override
  public final void execute(Runnable task) {
    loop.execute(task);
  }

  @Override
  public final void execute(Runnable task, int bytes) {
    loop.execute(task, bytes);
  }

  /** Reads and writes some, after it was ready or has asked to go on. */
  abstract void serve();

  /** Whether something has waited for so long that the other end takes nothing. Thread-safe. */
  @Override
  public final boolean isStuck(long now, long patienceNanos) {
    long since = behindSince;
    return since != 0 && now - since >= patienceNanos;
  }

  /**
   * Some was read.
   *
   * @param all whether that was all there is for now
   */
  final void hasRead(boolean all) {
    if (all == (unreadSince != 0)) {
      unreadSince = all ? 0 : Math.max(1, System.nanoTime());
    }
  }

  /** Whether there has been more than was read for so long. Thread-safe. */
  @Override
  public final boolean hasMore(long now, long nanos) {
    long since = unreadSince;
    return since != 0 && now - since >= nanos;
  }

  /**
   * All is out and the output is about to be shut: waits for the other end to hang up, because what
   * it has not read yet would be lost if it sent something to a socket that is closed.
   */
  final void linger() {
    isOutputShut = true;
    lingerUntil = System.nanoTime() + LINGER_NANOS;
    loop.linger(this);
  }

  /** So much came while only the end was of interest. */
  final void ignore(int bytes) {
    lingerBytes += bytes;
  }

  /** Whether it has hung up, or is not to be waited for any longer. */
  final boolean isGoneOrLate(long now) {
    return gone || now - lingerUntil >= 0 || lingerBytes > LINGER_BYTES;
  }

  /** Ends it without a word. */
  @Override
  public final void abort() {
    if (gone) {
      return;
    }
    gone = true;
    rest = null;
    backlog.drop();
    behindSince = 0;
    leaveLoop();
    endPoint.close();
  }

  /** The loop has nothing more to do with it. */
  abstract void leaveLoop();

  /** There is no connection any more. */
  final void broken() {
    abort();
    session.ended();
  }
}
