package org.cloudramp.sandbox.server.rooms;

/** A connection for which something waits to be sent, and that can be closed for that. */
interface Holder {
  /** The service on whose account it waits, or what stands for those that have none. */
  Object account();

  /** Where it is; of those that hold as much, all of one room go first. */
  String room();

  /** Who it is, for the log. */
  String who();

  /** What waits to be sent, if it is shared with nobody; for choosing one to close. */
  long outgoingBytes();

  /** Whether it has been closed, and may still be there until the other end has answered. */
  boolean isClosing();

  /** Whether it was ended without a word, to make room. */
  boolean isCutOff();

  /** Closes the connection; if that was done before, ends it without waiting for anything. */
  void makeRoom();
}
