package org.cloudramp.sandbox.server.loop;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.jspecify.annotations.Nullable;

/**
 * The frames of one round, each encoded once, one behind the other; and who is sent which. Whoever
 * is sent all of them in a row gets them with one write of the slab itself. For the driver of a
 * loop.
 */
final class Slab {
  /** A larger frame does not come here: it would be most of the slab. */
  static final int MAX_FRAME = 64 << 10;

  private static final int BYTES = 256 << 10;
  private static final int MAX_UNUSED = 1_024;
  private static final int SCRATCH_BYTES = 64 << 10;

  private final ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES);

  /** What is written to one socket: a part of the slab. */
  private final ByteBuffer window = bytes.duplicate();

  private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
  private final LoopStatistics.Counter statistics;
  private List<LoopConnection> receivers = new ArrayList<>();
  private List<LoopConnection> flushed = new ArrayList<>();

  /** For those that get something in the next round; a connection that gets nothing needs none. */
  private final ArrayDeque<Placed> unused = new ArrayDeque<>();

  /** The frame that was placed last; a broadcast places one frame many times. */
  private @Nullable OutgoingFrame last;

  private int lastAt;
  private boolean flushing;

  Slab(LoopStatistics.Counter statistics) {
    this.statistics = statistics;
  }

  /**
   * Encodes a frame, if it is not the one that was placed last; gives where it begins. If there is
   * no room for it, everybody writes what is theirs before.
   */
  int place(OutgoingFrame frame) {
    if (frame != last) {
      if (frame.size() > bytes.remaining()) {
        flush();
      }
      lastAt = bytes.position();
      frame.writeTo(bytes, 0);
      last = frame;
    }
    return lastAt;
  }

  /** A connection is about to have something in the slab; once until it is told to write it. */
  Placed receiver(LoopConnection connection) {
    receivers.add(connection);
    Placed empty = unused.poll();
    return empty == null ? new Placed() : empty;
  }

  /** What was in the slab for a connection is written, or waits elsewhere. */
  void giveBack(Placed placed) {
    if (placed.clear() && unused.size() < MAX_UNUSED) {
      unused.push(placed);
    }
  }

  /** Whether it is being written, so that nothing may be placed. */
  boolean isFlushing() {
    return flushing;
  }

  /** Lets everybody write what is theirs, and begins anew. */
  void flush() {
    if (receivers.isEmpty()) {
      return;
    }
    List<LoopConnection> all = receivers;
    receivers = flushed;
    flushed = all;
    flushing = true;
    for (LoopConnection connection : all) {
      connection.flush();
    }
    flushing = false;
    all.clear();
    bytes.clear();
    last = null;
  }

  /** A part of the slab, valid until the next call. */
  ByteBuffer window(int from, int to) {
    return window.limit(to).position(from);
  }

  /** An empty buffer for what is no single part of the slab, valid until the next call. */
  ByteBuffer scratch() {
    return scratch.clear();
  }

  void countWrite() {
    statistics.write();
  }
}
