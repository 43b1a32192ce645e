package org.cloudramp.sandbox.server.rate;

import java.util.List;
import java.util.Optional;

/**
 * What one connection may still send: the least of what it, its user, its address and its service
 * have left. Thread-safe, and asked before anything is done with a message.
 */
public final class Allowance {
  /** Of a connection of which nothing is limited; to ask it costs nothing. */
  public static final Allowance UNLIMITED = new Allowance(List.of());

  private final Share[] shares;

  /**
   * @param shares the most personal one first, so that whoever takes too much is found out before
   *     others have lost anything by it
   */
  Allowance(List<Share> shares) {
    this.shares = shares.toArray(Share[]::new);
  }

  /**
   * Takes a part of a message.
   *
   * @param bytes of its content
   * @param endsMessage whether the message is whole with it
   * @return what it exceeds; nothing if it may be taken
   */
  public Optional<Excess> take(int bytes, boolean endsMessage) {
    for (Share share : shares) {
      Optional<Excess> excess = share.takeMessage(bytes, endsMessage);
      if (excess.isPresent()) {
        return excess;
      }
    }
    return Optional.empty();
  }

  /** The connection has gone; what it has left its user and address is remembered for a while. */
  public void release() {
    for (Share share : shares) {
      share.release();
    }
  }
}
