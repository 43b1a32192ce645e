package org.cloudramp.sandbox.server.feed;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One who listens to a {@link Feed}: events wait here until they are taken. When too many wait, no
 * more are added, and whoever takes them finds out why after the last. Thread-safe.
 */
public final class Subscription implements AutoCloseable {
  /** What events that wait take of the heap, at most, about: five hundred short ones. */
  static final int MAX_BYTES = 256 << 10;

  private final FeedFilter filter;
  private final String subscriber;
  private final Runnable signal;
  private final Feed feed;

  // Guarded by this.
  private final ArrayDeque<FeedEvent> waiting = new ArrayDeque<>();
  private int bytes;
  private @Nullable String cut;

  Subscription(FeedFilter filter, String subscriber, Runnable signal, Feed feed) {
    this.filter = filter;
    this.subscriber = subscriber;
    this.signal = signal;
    this.feed = feed;
  }

  FeedFilter filter() {
    return filter;
  }

  /** Who listens. */
  String subscriber() {
    return subscriber;
  }

  /** Adds an event, if it is one of those that are wanted. Does not wait and does not throw. */
  void offer(FeedEvent event) {
    if (!filter.admits(event)) {
      return;
    }
    synchronized (this) {
      if (cut != null) {
        return;
      }
      if (bytes + event.bytes() > MAX_BYTES) {
        cut = "you read more slowly than events come, and some are lost from here on";
      } else {
        waiting.add(event);
        bytes += event.bytes();
      }
    }
    signal.run();
  }

  /** Adds nothing more, for that reason, unless there was one before. */
  public void cut(String reason) {
    synchronized (this) {
      if (cut != null) {
        return;
      }
      cut = reason;
    }
    signal.run();
  }

  /** The same, and what waits is for nobody: it makes room for another now. */
  void giveWay(String reason) {
    synchronized (this) {
      waiting.clear();
      bytes = 0;
    }
    cut(reason);
  }

  /** All that waits, in its order; they wait no longer. */
  public synchronized List<FeedEvent> take() {
    List<FeedEvent> taken = new ArrayList<>(waiting);
    waiting.clear();
    bytes = 0;
    return taken;
  }

  /** Why there will be nothing more when what waits has been taken; empty if there may be. */
  public synchronized Optional<String> end() {
    return waiting.isEmpty() ? Optional.ofNullable(cut) : Optional.empty();
  }

  /** Listens no more. Idempotent. */
  @Override
  public void close() {
    feed.remove(this);
  }
}
