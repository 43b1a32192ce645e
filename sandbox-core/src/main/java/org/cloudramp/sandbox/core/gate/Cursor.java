package org.cloudramp.sandbox.core.gate;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.cloudramp.sandbox.api.error.ModuleException;

/**
 * Reads untrusted bytes from front to back. Never reads past its end, and allocates nothing whose
 * size a module chooses: a length or a count is first compared with the bytes that remain.
 */
final class Cursor {
  private static final int MORE = 0x80;
  private static final int PAYLOAD = 0x7f;
  private static final int PAYLOAD_BITS = 7;

  private final byte[] bytes;
  private final int end;
  private final Location location;
  private int position;

  /** A cursor at the front of all {@code bytes}. */
  Cursor(byte[] bytes, Location location) {
    this(bytes, 0, bytes.length, location);
  }

  private Cursor(byte[] bytes, int position, int end, Location location) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
    this.location = location;
  }

  /** The offset in the file of the next byte. */
  int position() {
    return position;
  }

  /** The offset in the file at which this cursor ends. */
  int end() {
    return end;
  }

  int remaining() {
    return end - position;
  }

  boolean atEnd() {
    return position == end;
  }

  /** A refusal that names the byte just before the next one, which is the last that was read. */
  ModuleException malformed(String what) {
    return location.malformed(Math.max(0, position - 1), what);
  }

  /** The next byte, as a number from 0 to 255. */
  int u8() {
    if (position == end) {
      throw location.malformed(position, "unexpected end");
    }
    return bytes[position++] & 0xff;
  }

  /** A number that the format writes as four bytes, the lowest first. */
  int littleEndian32() {
    return u8() | u8() << 8 | u8() << 16 | u8() << 24;
  }

  /** An unsigned LEB128 number of 32 bits, as 0 to 2³²−1. */
  long u32() {
    int first = u8();
    return first < MORE ? first : leb128(first, 32, false);
  }

  /** A signed LEB128 number of {@code bits} bits. */
  long signed(int bits) {
    return leb128(u8(), bits, true);
  }

  private long leb128(int first, int bits, boolean signed) {
    long value = first & PAYLOAD;
    int shift = PAYLOAD_BITS;
    int current = first;
    while (current >= MORE) {
      if (shift >= bits) {
        throw malformed("a LEB128 number of more bytes than " + bits + " bits need");
      }
      current = u8();
      value |= (long) (current & PAYLOAD) << shift;
      shift += PAYLOAD_BITS;
    }
    if (signed && shift < Long.SIZE) {
      value = value << (Long.SIZE - shift) >> (Long.SIZE - shift);
    }
    if (shift > bits && !unusedBitsAgree(current, bits - (shift - PAYLOAD_BITS), signed)) {
      throw malformed("a LEB128 number of more than " + bits + " bits");
    }
    return value;
  }

  /**
   * Whether the bits of the last byte that the number has no room for only repeat its sign.
   *
   * @param used how many bits of the last byte belong to the number
   */
  private static boolean unusedBitsAgree(int last, int used, boolean signed) {
    if (!signed) {
      return last >> used == 0;
    }
    int signAndUnused = last >> (used - 1);
    return signAndUnused == 0 || signAndUnused == PAYLOAD >> (used - 1);
  }

  /** The number of items that follow, each of which takes at least one byte. */
  int count(String items) {
    long count = u32();
    if (count > remaining()) {
      throw malformed(
          String.format(Locale.ROOT, "%,d %s do not fit in %,d bytes", count, items, remaining()));
    }
    return (int) count;
  }

  /** An index into a space that has {@code size} of what {@code what} names. */
  int index(String what, int size) {
    long index = u32();
    if (index >= size) {
      throw malformed(
          String.format(Locale.ROOT, "%s %,d is out of range, there are %,d", what, index, size));
    }
    return (int) index;
  }

  /** A cursor over the next bytes, as many as the length in front of them says; goes past them. */
  Cursor sized(String what) {
    int length = count("bytes of " + what);
    Cursor part = new Cursor(bytes, position, position + length, location);
    position += length;
    return part;
  }

  /** Goes past {@code length} bytes. */
  void skip(int length) {
    if (length > remaining()) {
      throw location.malformed(end, "unexpected end");
    }
    position += length;
  }

  /** A byte that has only one value so far. */
  void zero(String what) {
    int value = u8();
    if (value != 0) {
      throw malformed(String.format(Locale.ROOT, "%s is 0x%02x, not 0", what, value));
    }
  }

  /** A copy of the bytes that remain. */
  byte[] rest() {
    return Arrays.copyOfRange(bytes, position, end);
  }

  /** The bytes that remain, as UTF-8, whatever they are. */
  String text() {
    return new String(bytes, position, remaining(), StandardCharsets.UTF_8);
  }

  /** A name in UTF-8. */
  String name(GateLimits limits) {
    Cursor name = sized("a name");
    limits.enforce(GateLimits.Limit.NAME_BYTES, name.remaining(), location);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, name.position, name.remaining()))
          .toString();
    } catch (CharacterCodingException e) {
      throw location.malformed(name.position, "a name is not UTF-8");
    }
  }
}
