package org.cloudramp.sandbox.server.rooms;

/** A connection that is looked at again and again, so that it needs no timer of its own. */
interface Watched {
  /**
   * Ends what has gone on for too long. Called by one thread.
   *
   * @param now as of System.nanoTime
   * @return whether that gives a loop something to do
   */
  boolean look(long now);
}
