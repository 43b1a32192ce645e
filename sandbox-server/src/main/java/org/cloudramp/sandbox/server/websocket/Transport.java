package org.cloudramp.sandbox.server.websocket;

/**
 * Carries the bytes of one {@link WebSocketSession}. All of it but {@link #execute}, {@link
 * #isStuck} and {@link #hasMore} is for the session, in its strand: one thing after the other,
 * never two at a time.
 */
public interface Transport {
  /**
   * Runs something in the strand of the session: now, if the caller is in it, and otherwise soon.
   * What one thread hands in runs in that order. Thread-safe.
   */
  void execute(Runnable task);

  /**
   * As {@link #execute(Runnable)}. Who hands in more than the strand can do may be held back for a
   * moment, but never somebody in a strand.
   *
   * @param bytes that the task holds until it has run
   */
  void execute(Runnable task, int bytes);

  /** Sends a frame after those before it; never waits. */
  void write(OutgoingFrame frame);

  /** Whether frames wait because the other end does not take them. */
  boolean isBehind();

  /** Whether a frame has waited for so long. Thread-safe. */
  boolean isStuck(long now, long patienceNanos);

  /**
   * Whether the other end has been ahead for so long: each read has left something. Thread-safe.
   */
  boolean hasMore(long now, long nanos);

  /** Forgets the frames that wait, but for one of which a part is out. */
  void dropWaiting();

  /**
   * Reads on, if it had stopped because the session {@linkplain WebSocketSession#wants} nothing.
   */
  void resume();

  /** Ends the connection when all that was written is out. */
  void finish();

  /** Ends the connection now. */
  void abort();
}
