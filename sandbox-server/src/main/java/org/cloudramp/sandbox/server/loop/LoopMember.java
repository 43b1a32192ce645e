package org.cloudramp.sandbox.server.loop;

/** What a loop does for one of its connections. For the driver of the loop. */
interface LoopMember {
  /** Goes on with what it has put off; in the round after it has asked for that. */
  void goOn();

  /** Whether it has hung up, or is not to be waited for any longer. */
  boolean isGoneOrLate(long now);

  /** Ends it without a word. */
  void abort();

  /** There is no connection any more. */
  void broken();
}
