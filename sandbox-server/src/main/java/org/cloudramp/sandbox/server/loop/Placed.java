package org.cloudramp.sandbox.server.loop;

import java.util.Arrays;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;

/**
 * What is in the slab for one connection: frames, and where they are. Most often they are one
 * behind the other, which is one range. For the driver of a loop.
 */
final class Placed {
  private static final int FEW = 4;

  /** A larger one is not worth keeping for the next connection. */
  private static final int MANY = 64;

  private OutgoingFrame[] frames = new OutgoingFrame[FEW];
  private int[] bounds = new int[2 * FEW];
  private int frameCount;
  private int boundCount;

  /**
   * A frame was placed.
   *
   * @param at where it begins
   */
  void add(OutgoingFrame frame, int at) {
    if (frameCount == frames.length) {
      frames = Arrays.copyOf(frames, 2 * frameCount);
    }
    frames[frameCount++] = frame;
    if (boundCount > 0 && bounds[boundCount - 1] == at) {
      bounds[boundCount - 1] = at + frame.size();
      return;
    }
    if (boundCount == bounds.length) {
      bounds = Arrays.copyOf(bounds, 2 * boundCount);
    }
    bounds[boundCount++] = at;
    bounds[boundCount++] = at + frame.size();
  }

  int frames() {
    return frameCount;
  }

  OutgoingFrame frame(int index) {
    return frames[index];
  }

  int ranges() {
    return boundCount / 2;
  }

  /** Where a range begins in the slab. */
  int begin(int range) {
    return bounds[2 * range];
  }

  /** The first byte behind a range. */
  int end(int range) {
    return bounds[2 * range + 1];
  }

  /** Forgets all; whether it is small enough to be kept. */
  boolean clear() {
    Arrays.fill(frames, 0, frameCount, null);
    frameCount = 0;
    boundCount = 0;
    return frames.length <= MANY;
  }
}
