package org.cloudramp.sandbox.server.jointoken;

/** Where the keys of join tokens come from. Thread-safe; whoever asks does not wait. */
interface KeySource extends AutoCloseable {
  /** The keys that are known now; none if none could be had yet. */
  JoinKeys current();

  /**
   * Somebody has brought a token whose key is not known. Looks again, unless that was done of late.
   *
   * @return whether there may be other keys in a moment
   */
  boolean lookAgain();

  /** Called every second or so, by one thread, which it may keep for as long as a file takes. */
  void readAgain();

  /** Ends whatever it does. Idempotent. */
  @Override
  void close();
}
