package org.cloudramp.sandbox.core.abi;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostFunctionException;

/**
 * Reads the fields of a guest's request, little-endian and unaligned. A field that is missing
 * altogether reads as zero or empty, so that fields can be added; one that is cut off, or whose
 * length reaches beyond the request, breaks the ABI. Not thread-safe.
 */
public final class WireReader {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /**
   * How many items the lists of one value may have. An item of four bytes becomes an object of
   * twenty-four and more, and a guest can send lists again and again.
   */
  static final int MAX_ITEMS = 16_384;

  /** The highest bit of eight bytes: none of them is set in ASCII. */
  private static final long NOT_ASCII = 0x8080808080808080L;

  private byte[] request;
  private int end;
  private int position;

  /** Reads from the start of {@code request}, which nobody changes meanwhile. */
  public WireReader(byte[] request) {
    this.request = request;
    this.end = request.length;
  }

  /** Reads from now on from the first {@code size} bytes of another request. */
  WireReader restart(byte[] next, int size) {
    request = next;
    end = size;
    position = 0;
    return this;
  }

  /** An unsigned byte. */
  public int u8() {
    return missing(1) ? 0 : request[advance(1)] & 0xff;
  }

  /** A 32-bit number. */
  public int i32() {
    return missing(Integer.BYTES) ? 0 : (int) INT.get(request, advance(Integer.BYTES));
  }

  /** A 64-bit number. */
  public long i64() {
    return missing(Long.BYTES) ? 0 : (long) LONG.get(request, advance(Long.BYTES));
  }

  /** A 64-bit float. */
  public double f64() {
    return Double.longBitsToDouble(i64());
  }

  /** A text; malformed UTF-8 becomes U+FFFD. */
  public String string() {
    int length = length();
    return new String(request, advance(length), length, StandardCharsets.UTF_8);
  }

  /** Bytes. */
  public Bytes bytes() {
    int length = length();
    int from = advance(length);
    return Bytes.adopt(Arrays.copyOfRange(request, from, from + length));
  }

  /** A text or binary; in a text, malformed UTF-8 becomes U+FFFD: others would choke on it. */
  public Payload data() {
    int kind = u8();
    if (kind > 1) {
      throw broken("a data field is of kind %d, which is neither 0 (text) nor 1 (binary)", kind);
    }
    return kind == 0 ? text() : new Payload(Payload.Kind.BINARY, bytes());
  }

  private Payload text() {
    int start = position;
    int length = length();
    if (isAscii(position, length)) { // as most is, and so well-formed
      position = start;
      return new Payload(Payload.Kind.TEXT, bytes());
    }
    position = start;
    return Payload.text(string());
  }

  private boolean isAscii(int from, int length) {
    int to = from + length;
    long bits = 0;
    int at = from;
    for (; at <= to - Long.BYTES; at += Long.BYTES) {
      bits |= (long) LONG.get(request, at);
    }
    for (; at < to; at++) {
      bits |= request[at];
    }
    return (bits & NOT_ASCII) == 0;
  }

  /**
   * Some texts.
   *
   * @throws HostFunctionException of code limit if there are more than {@value #MAX_ITEMS}
   */
  public List<String> strings() {
    return strings(MAX_ITEMS);
  }

  /**
   * Some texts, but no more than {@code most}: what is refused is not read.
   *
   * @throws HostFunctionException of code limit if there are more
   */
  public List<String> strings(int most) {
    int count = count(most);
    if (count == 0) {
      return List.of();
    }
    List<String> items = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      items.add(string());
    }
    return items;
  }

  /**
   * Some lists of texts.
   *
   * @throws HostFunctionException of code limit if they have more than {@value #MAX_ITEMS}, lists
   *     and texts
   */
  public List<List<String>> stringLists() {
    int count = count(MAX_ITEMS);
    int left = MAX_ITEMS - count;
    List<List<String>> lists = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      List<String> next = strings(left);
      left -= next.size();
      lists.add(next);
    }
    return lists;
  }

  /** How many bytes are not read yet. */
  public int remaining() {
    return end - position;
  }

  /** The whole request, whatever has been read of it. */
  public Bytes whole() {
    return Bytes.adopt(Arrays.copyOf(request, end));
  }

  /** How many items a list has of which each begins with a length or a count. */
  private int count(int most) {
    int count = i32();
    // Each item is at least that field: a larger count would only make us reserve memory.
    if (count < 0 || count > remaining() / Integer.BYTES) {
      throw broken(
          "a list of %d items does not fit the %d bytes that follow",
          Integer.toUnsignedLong(count), remaining());
    }
    return within(most, count);
  }

  /**
   * The count of a list, if it is not more than {@code most}.
   *
   * @throws HostFunctionException of code limit if it is
   */
  static int within(int most, int count) {
    if (count > most) {
      throw new HostFunctionException(
          HostFunctionException.LIMIT,
          "a list of %d items; %d are allowed here".formatted(count, most));
    }
    return count;
  }

  private int length() {
    int length = i32();
    if (length < 0 || length > remaining()) {
      throw broken(
          "a field of %d bytes reaches beyond the %d that follow",
          Integer.toUnsignedLong(length), remaining());
    }
    return length;
  }

  private boolean missing(int size) {
    int remaining = remaining();
    if (remaining > 0 && remaining < size) {
      throw broken("a field of %d bytes is cut off after %d", size, remaining);
    }
    return remaining == 0;
  }

  private int advance(int size) {
    int from = position;
    position += size;
    return from;
  }

  private static GuestException broken(String message, Object... arguments) {
    return new GuestException(
        GuestException.Kind.ABI, "malformed request: " + message.formatted(arguments));
  }
}
