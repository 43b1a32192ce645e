package org.cloudramp.sandbox.server.loop;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;

/**
 * The frames that one socket has not taken, in their order. Frames are kept as such and not as
 * bytes, so what a thousand slow members of a room wait for is in memory once. For the driver of a
 * loop.
 */
final class Backlog {
  /** A frame that waits, and since when. */
  private record Waiting(OutgoingFrame frame, long since) {}

  private final BacklogLimit limit;
  private final ArrayDeque<Waiting> frames = new ArrayDeque<>(4);

  /** How much of the first frame is out. */
  private int sentOfFirst;

  Backlog(BacklogLimit limit) {
    this.limit = limit;
  }

  boolean isEmpty() {
    return frames.isEmpty();
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
    frames.add(new Waiting(frame, System.nanoTime()));
    return true;
  }

  /** Frames have been added. */
  void added() {
    limit.relieve();
  }

  /** Since when the first frame waits, as of System.nanoTime; 0 if none does. */
  long since() {
    Waiting first = frames.peek();
    return first == null ? 0 : first.since();
  }

  /** Writes the next bytes, as many as there is room for. They stay here until they are sent. */
  void writeTo(ByteBuffer target) {
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
    int left = sentOfFirst + bytes;
    Waiting first = frames.peek();
    while (first != null && left >= first.frame().size()) {
      left -= first.frame().size();
      release(frames.remove().frame());
      first = frames.peek();
    }
    sentOfFirst = left;
  }

  /** Forgets all frames but one of which a part is out. */
  void dropWaiting() {
    Waiting begun = sentOfFirst > 0 ? frames.remove() : null;
    drop();
    if (begun != null) {
      frames.add(begun);
    }
  }

  /** Forgets all frames. */
  void drop() {
    frames.forEach(waiting -> release(waiting.frame()));
    frames.clear();
  }

  private void release(OutgoingFrame frame) {
    if (frame.isMessage()) {
      limit.release(frame);
    }
  }
}
