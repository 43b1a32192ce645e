package org.cloudramp.sandbox.core.recording;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongPredicate;
import org.cloudramp.sandbox.api.Bytes;

/**
 * Collects the bytes of an entry up to a limit. Once they are too many, or there is no memory for
 * them, nothing is collected any more. Not thread-safe.
 */
final class EntryBuffer {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int FIRST_CAPACITY = 512;
  private static final byte[] NOTHING = {};

  private final int limit;
  private final LongPredicate take;
  private byte[] buffer = NOTHING;
  private int size;
  private boolean full;

  /**
   * @param limit how many bytes it collects at most
   * @param take asked for so many bytes more before they are allocated
   */
  EntryBuffer(int limit, LongPredicate take) {
    this.limit = limit;
    this.take = take;
  }

  /** Whether something was left out. */
  boolean isFull() {
    return full;
  }

  /** How many bytes it has asked for. */
  int capacity() {
    return buffer.length;
  }

  int size() {
    return size;
  }

  byte[] toArray() {
    return Arrays.copyOf(buffer, size);
  }

  EntryBuffer u8(int value) {
    int at = reserve(1);
    if (at >= 0) {
      buffer[at] = (byte) value;
    }
    return this;
  }

  EntryBuffer i32(int value) {
    int at = reserve(Integer.BYTES);
    if (at >= 0) {
      INT.set(buffer, at, value);
    }
    return this;
  }

  EntryBuffer i64(long value) {
    return i32((int) value).i32((int) (value >>> 32));
  }

  EntryBuffer string(String text) {
    return raw(text.getBytes(StandardCharsets.UTF_8), true);
  }

  EntryBuffer bytes(byte[] content) {
    return raw(content, true);
  }

  EntryBuffer bytes(Bytes content) {
    i32(content.size());
    int at = reserve(content.size());
    if (at >= 0) {
      content.copyInto(buffer, at);
    }
    return this;
  }

  /** Bytes without their length. */
  EntryBuffer raw(byte[] content) {
    return raw(content, false);
  }

  private EntryBuffer raw(byte[] content, boolean withLength) {
    if (withLength) {
      i32(content.length);
    }
    int at = reserve(content.length);
    if (at >= 0) {
      System.arraycopy(content, 0, buffer, at, content.length);
    }
    return this;
  }

  /** Makes place for a number that is known later. */
  int place() {
    int at = size;
    i32(0);
    return at;
  }

  /** Sets a number for which there is a place. */
  void set(int place, int value) {
    if (!full) {
      INT.set(buffer, place, value);
    }
  }

  private int reserve(int count) {
    if (full) {
      return -1;
    }
    long end = (long) size + count;
    if (end > limit || !grow((int) end)) {
      full = true;
      return -1;
    }
    int at = size;
    size = (int) end;
    return at;
  }

  private boolean grow(int end) {
    if (end <= buffer.length) {
      return true;
    }
    int larger = Math.max(end, Math.min(limit, Math.max(FIRST_CAPACITY, 2 * buffer.length)));
    if (!take.test(larger - buffer.length)) {
      return false;
    }
    buffer = Arrays.copyOf(buffer, larger);
    return true;
  }
}
