package org.cloudramp.sandbox.server.loop;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.jspecify.annotations.Nullable;

/**
 * The frames that one socket has not taken, in their order. Frames are kept as such and not as
 * bytes, so what a thousand slow members of a room wait for is in memory once. For the driver of a
 * loop.
 */
final class Backlog {
  /** A frame that waits, and since when. */
  private record Waiting(OutgoingFrame frame, long since) {}

  private final BacklogLimit limit;

  /** None while nothing waits, as is the rule: there are thousands of connections. */
  private @Nullable ArrayDeque<Waiting> frames;

  /** How much of the first frame is out. */
  private int sentOfFirst;

  Backlog(BacklogLimit limit) {
    this.limit = limit;
  }

  boolean isEmpty() {
    return frames == null;
  }

  /**
   * Adds a frame, if it may wait.
   *
   * @param sent how much of it is out, which only the first can be
   * @return false if it may not, and then the connection is being closed
   */
  boolean add(OutgoingFrame frame, int sent) {
    if (frame.isMessage() && !limit.admit(frame, sent > 0)) {
      return false;
    }
    if (sent > 0) {
      sentOfFirst = sent;
    }
    if (frames == null) {
      frames = new ArrayDeque<>();
    }
    frames.add(new Waiting(frame, System.nanoTime()));
    return true;
  }

  /** Frames have been added. */
  void added() {
    limit.relieve();
  }

  /** Since when the first frame waits, as of System.nanoTime; 0 if none does. */
  long since() {
    return frames == null ? 0 : frames.getFirst().since();
  }

  /** Writes the next bytes, as many as there is room for. They stay here until they are sent. */
  void writeTo(ByteBuffer target) {
    if (frames == null) {
      return;
    }
    int from = sentOfFirst;
    for (Waiting waiting : frames) {
      waiting.frame().writeTo(target, from);
      from = 0;
      if (!target.hasRemaining()) {
        return;
      }
    }
  }

  /** So many of the next bytes are out. */
  void sent(int bytes) {
    ArrayDeque<Waiting> waiting = frames;
    if (waiting == null) {
      return;
    }
    int left = sentOfFirst + bytes;
    Waiting first = waiting.peek();
    while (first != null && left >= first.frame().size()) {
      left -= first.frame().size();
      release(waiting.remove().frame());
      first = waiting.peek();
    }
    sentOfFirst = left;
    if (first == null) {
      frames = null;
    }
  }

  /** Forgets all frames but one of which a part is out. */
  void dropWaiting() {
    ArrayDeque<Waiting> waiting = frames;
    if (waiting == null || sentOfFirst == 0) {
      drop();
      return;
    }
    Waiting begun = waiting.remove();
    drop();
    waiting.add(begun);
    frames = waiting;
  }

  /** Forgets all frames. */
  void drop() {
    ArrayDeque<Waiting> waiting = frames;
    frames = null;
    if (waiting != null) {
      waiting.forEach(frame -> release(frame.frame()));
      waiting.clear();
    }
  }

  private void release(OutgoingFrame frame) {
    if (frame.isMessage()) {
      limit.release(frame);
    }
  }
}
