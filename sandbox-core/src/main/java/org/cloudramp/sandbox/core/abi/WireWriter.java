package org.cloudramp.sandbox.core.abi;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.error.HostFunctionException;

/**
 * Writes fields as {@link WireReader} reads them, into a buffer that grows, if need be up to a
 * limit. Not thread-safe.
 */
public final class WireWriter {
  private static final int FIRST_CAPACITY = 256;

  /** A larger buffer is not kept: writers live as long as what they write for. */
  private static final int MAX_KEPT_CAPACITY = 16 << 10;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] buffer = new byte[FIRST_CAPACITY];
  private int size;
  private int limit = Integer.MAX_VALUE;

  /**
   * From now on, until it is cleared, there are no more than so many bytes: whoever has more to
   * write gets a {@link HostFunctionException} of code limit, before it is in memory twice.
   */
  public WireWriter limitTo(int bytes) {
    limit = bytes;
    return this;
  }

  /** Forgets what was written, and the limit. */
  public WireWriter clear() {
    limit = Integer.MAX_VALUE;
    if (buffer.length > MAX_KEPT_CAPACITY) {
      buffer = new byte[FIRST_CAPACITY];
    }
    size = 0;
    return this;
  }

  /** How many bytes were written. */
  public int size() {
    return size;
  }

  /** A copy of what was written. */
  public byte[] toArray() {
    return Arrays.copyOf(buffer, size);
  }

  /**
   * The buffer itself: what was written is at its start. Only for reading, until the next write.
   */
  byte[] buffer() {
    return buffer;
  }

  /** An unsigned byte. */
  public WireWriter u8(int value) {
    int at = reserve(1); // which may replace the buffer
    buffer[at] = (byte) value;
    return this;
  }

  /** A 32-bit number. */
  public WireWriter i32(int value) {
    int at = reserve(Integer.BYTES);
    INT.set(buffer, at, value);
    return this;
  }

  /** A 64-bit number. */
  public WireWriter i64(long value) {
    int at = reserve(Long.BYTES);
    LONG.set(buffer, at, value);
    return this;
  }

  /** A 64-bit float. */
  public WireWriter f64(double value) {
    return i64(Double.doubleToRawLongBits(value));
  }

  /** A text. */
  public WireWriter string(String text) {
    int start = size;
    int length = text.length();
    i32(length);
    int at = reserve(length);
    for (int i = 0; i < length; i++) { // ids and most reasons are ASCII, which needs no copy
      char character = text.charAt(i);
      if (character > 0x7f) {
        size = start;
        return utf8(text.getBytes(StandardCharsets.UTF_8));
      }
      buffer[at + i] = (byte) character;
    }
    return this;
  }

  private WireWriter utf8(byte[] text) {
    i32(text.length);
    int at = reserve(text.length);
    System.arraycopy(text, 0, buffer, at, text.length);
    return this;
  }

  /** Bytes. */
  public WireWriter bytes(Bytes content) {
    i32(content.size());
    int at = reserve(content.size());
    content.copyInto(buffer, at);
    return this;
  }

  /** Bytes as they are, without their length: fields that were written elsewhere. */
  public WireWriter raw(Bytes content) {
    int at = reserve(content.size());
    content.copyInto(buffer, at);
    return this;
  }

  /** A text or binary. */
  public WireWriter data(Payload payload) {
    return u8(payload.kind() == Payload.Kind.TEXT ? 0 : 1).bytes(payload.bytes());
  }

  /** Some texts. */
  public WireWriter strings(List<String> texts) {
    i32(texts.size());
    texts.forEach(this::string);
    return this;
  }

  /** Some lists of texts. */
  public WireWriter stringLists(List<List<String>> lists) {
    i32(lists.size());
    lists.forEach(this::strings);
    return this;
  }

  /** Bytes, or nothing. */
  public WireWriter optionalBytes(Optional<Bytes> content) {
    return content.isEmpty() ? u8(0) : u8(1).bytes(content.get());
  }

  /** For each of several questions, bytes or nothing. */
  public WireWriter optionalBytesList(List<Optional<Bytes>> items) {
    i32(items.size());
    items.forEach(this::optionalBytes);
    return this;
  }

  private int reserve(int count) {
    int at = size;
    int end = Math.addExact(at, count);
    if (end > limit) {
      throw new HostFunctionException(
          HostFunctionException.LIMIT,
          "the response has more than the %d bytes that limits.responseBytes allows"
              .formatted(limit));
    }
    if (end > buffer.length) {
      int larger = (int) Math.min(2L * buffer.length, Math.min(limit, 1 << 30));
      buffer = Arrays.copyOf(buffer, Math.max(end, larger));
    }
    size = end;
    return at;
  }
}
