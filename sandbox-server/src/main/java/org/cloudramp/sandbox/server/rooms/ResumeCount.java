package org.cloudramp.sandbox.server.rooms;

import org.cloudramp.sandbox.api.ConnectionId;

/**
 * That one attempt to go on with a session counts, once, when it is known to be that of its owner,
 * and before anything is committed for it. For one thread at a time.
 */
final class ResumeCount {
  private final Sessions sessions;
  private final ConnectionId connection;
  private boolean isTaken;
  private volatile boolean isExceeded;

  /** Nothing is counted yet. */
  ResumeCount(Sessions sessions, ConnectionId connection) {
    this.sessions = sessions;
    this.connection = connection;
  }

  /**
   * Counts it, if that has not been done.
   *
   * @throws IllegalStateException if the session has come back too often; then so it {@linkplain
   *     #isExceeded was}
   */
  void take() {
    if (isTaken) {
      return;
    }
    if (!sessions.tryResume(connection)) {
      isExceeded = true;
      throw new IllegalStateException("the session has come back too often");
    }
    isTaken = true;
  }

  /** Whether it was one too many. */
  boolean isExceeded() {
    return isExceeded;
  }
}
