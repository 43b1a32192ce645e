package org.cloudramp.sandbox.api.hook;

/** A function that a guest may export for the host to call. */
public enum Hook {
  /** The memory of a room is made; only in rooms that keep memory. */
  ON_START("onStart"),
  /** A connection wants to join; the guest may refuse it. */
  ON_JOIN("onJoin"),
  /** A connection has sent a message. */
  ON_MESSAGE("onMessage"),
  /** A connection has left. */
  ON_LEAVE("onLeave"),
  /** The hook before this one has failed. */
  ON_ERROR("onError"),
  /** A timer that the room has set is due. */
  ON_TIMER("onTimer"),
  /** Somebody asks the room by HTTP; the guest may answer. */
  ON_REQUEST("onRequest");

  private final String export;

  Hook(String export) {
    this.export = export;
  }

  /** The name of the export. */
  public String export() {
    return export;
  }

  @Override
  public String toString() {
    return export;
  }
}
