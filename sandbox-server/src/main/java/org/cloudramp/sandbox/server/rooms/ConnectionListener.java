package org.cloudramp.sandbox.server.rooms;

import org.cloudramp.sandbox.server.rate.Limit;

/**
 * Told of connections to rooms, for whoever counts. Called by many threads at once, loops among
 * them: quick, waits for nothing, and does not throw.
 */
public interface ConnectionListener {
  /** Counts nothing, and so costs nothing. */
  ConnectionListener NONE = new ConnectionListener() {};

  /** A connection is there. */
  default void opened() {}

  /**
   * It is not any more, whoever closed it.
   *
   * @param code of the WebSocket; 1006 if the connection broke
   */
  default void closed(int code) {}

  /** What becomes of a session that wants to go on. */
  enum Resume {
    /** It goes on, and has missed nothing. */
    RESUMED,
    /** It has missed more than the room's log keeps, and begins anew. */
    MISSED,
    /** It is over, or nobody knows it, and begins anew. */
    OVER,
    /** It is another's. */
    DENIED,
    /** It has gone on more often than it may. */
    TOO_OFTEN,
    /** It is not known now, because the store is away. */
    FAILED
  }

  /** A session wants to go on here. */
  default void resumed(Resume what) {}

  /** A message or a join is not let through, because it is more than a rate allows. */
  default void tooFast(Limit limit) {}

  /**
   * A message has come in, whole.
   *
   * @return what {@link #messageEnded} is to be given
   */
  default long messageCame() {
    return 0;
  }

  /**
   * Its hook has ended, and what that has sent is with the connections that it is for.
   *
   * @param came what {@link #messageCame} has returned
   */
  default void messageEnded(long came) {}
}
