package org.cloudramp.sandbox.server.websocket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Takes the mask off the payload of a frame, eight bytes at a time (RFC 6455, 5.3). */
final class Mask {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Mask() {}

  /**
   * Unmasks a piece of a payload.
   *
   * @param key the first of its four bytes in the highest place
   * @param position of the piece within the payload of its frame
   */
  static void remove(byte[] piece, int key, long position) {
    int turned = Integer.rotateLeft(key, (int) (position & 3) * Byte.SIZE);
    long wide = ((long) turned << Integer.SIZE) | (turned & 0xFFFFFFFFL);
    int at = 0;
    for (; at + Long.BYTES <= piece.length; at += Long.BYTES) {
      LONGS.set(piece, at, (long) LONGS.get(piece, at) ^ wide);
    }
    for (; at < piece.length; at++) {
      piece[at] ^= (byte) (turned >>> (24 - (at & 3) * Byte.SIZE));
    }
  }
}
