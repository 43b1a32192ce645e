package org.cloudramp.sandbox.kv.redis;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.cloudramp.sandbox.api.RoomAddress;

/**
 * Names the Redis keys of one room:
 *
 * <pre>
 * sandbox:{2718}:chat/lobby:k:(the guest's key, escaped)
 * sandbox:{2718}:chat/lobby:t:(the id of a transaction that was committed, escaped)
 * sandbox:{2718}:chat/lobby:i
 * sandbox:{2718}:chat/lobby:b
 * sandbox:{2718}:chat/lobby:r
 * sandbox:{2718}:chat/lobby:h
 * sandbox:{2718}:chat/lobby:l
 * sandbox:{2718}:chat/lobby:m
 * </pre>
 *
 * and those that it shares with other rooms of its partition:
 *
 * <pre>
 * sandbox:{2718}:timers
 * sandbox:{2718}:timers:chat
 * sandbox:{2718}:timers:chat:due
 * </pre>
 *
 * The part in braces is the {@linkplain Partitioning tag} of the room's partition: it puts all keys
 * of a room, and all that is kept for its partition, into one slot of a Cluster. The shapes of
 * service and room ids exclude colons and slashes, so the prefix of one room is never that of
 * another. What comes after it is escaped as in a URL, byte by byte: one name for each text, also
 * for text that is no well-formed Unicode, and nothing in it that a terminal or a log would act on.
 */
final class RoomKeys {
  private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

  private final TimerKeys timers;
  private final String room;
  private final byte[] prefixOfKeys;

  /**
   * @param prefix of all keys of the room's partition
   */
  RoomKeys(String prefix, RoomAddress address) {
    timers = new TimerKeys(prefix, address.service());
    room = prefix + address + ":";
    prefixOfKeys = (room + "k:").getBytes(StandardCharsets.US_ASCII);
  }

  /** The Redis key of a guest's key. */
  byte[] key(String key) {
    return escaped(prefixOfKeys, key);
  }

  /**
   * What the guest calls the key that the {@link #index} calls so; the inverse of {@link #key}
   * without its prefix.
   *
   * @throws IllegalArgumentException if something else wrote there
   */
  static String unescaped(byte[] name) {
    byte[] octets = new byte[name.length];
    int count = 0;
    for (int i = 0; i < name.length; i++) {
      if (name[i] == '%' && i + 2 < name.length) {
        octets[count++] =
            (byte) (Character.digit(name[i + 1], 16) << 4 | Character.digit(name[i + 2], 16));
        i += 2;
      } else if (name[i] == '%') {
        throw new IllegalArgumentException("the name of a key is cut off in the index of its room");
      } else {
        octets[count++] = name[i];
      }
    }
    return decoded(octets, count);
  }

  /** By hand, as it is {@linkplain #escapeMultibyte written}: a lone surrogate is one here. */
  private static String decoded(byte[] octets, int count) {
    StringBuilder text = new StringBuilder(count);
    for (int i = 0; i < count; ) {
      int first = octets[i++] & 0xFF;
      int more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
      if (i + more > count) {
        throw new IllegalArgumentException("the name of a key is cut off in the index of its room");
      }
      int c = more == 0 ? first : first & (0x3F >> more);
      for (; more > 0; more--) {
        c = c << 6 | (octets[i++] & 0x3F);
      }
      text.appendCodePoint(c);
    }
    return text.toString();
  }

  /** How many bytes of {@link #key} come before what the guest chose. */
  int prefixLength() {
    return prefixOfKeys.length;
  }

  /** Exists while the transaction is remembered as committed. */
  byte[] transaction(String id) {
    return escaped((room + "t:").getBytes(StandardCharsets.US_ASCII), id);
  }

  /** Holds the {@link #transaction} that the room is reserved for, while it is. */
  byte[] reservation() {
    return (room + "r").getBytes(StandardCharsets.US_ASCII);
  }

  /** Lists the bytes that each key of the room counts. */
  byte[] sizes() {
    return (room + "b").getBytes(StandardCharsets.US_ASCII);
  }

  /** Lists the keys that the room holds. */
  byte[] index() {
    return (room + "i").getBytes(StandardCharsets.US_ASCII);
  }

  /** Holds what is known of the room's log: its epoch, where it ends, its bytes. */
  byte[] logHead() {
    return (room + "h").getBytes(StandardCharsets.US_ASCII);
  }

  /** The stream of the log's entries. */
  byte[] logStream() {
    return (room + "l").getBytes(StandardCharsets.US_ASCII);
  }

  /** Who is in the room. */
  byte[] roster() {
    return (room + "m").getBytes(StandardCharsets.US_ASCII);
  }

  /** Those of the timers of the room's service in its partition. */
  TimerKeys timers() {
    return timers;
  }

  private static byte[] escaped(byte[] prefix, String text) {
    ByteArrayOutputStream name = new ByteArrayOutputStream(prefix.length + text.length());
    name.writeBytes(prefix);
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (isPlain(c)) {
        name.write(c);
      } else if (c < 0x80) {
        escape(name, c);
      } else {
        escapeMultibyte(name, c);
      }
    }
    return name.toByteArray();
  }

  private static boolean isPlain(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_'
        || c == '.';
  }

  /**
   * UTF-8, by hand: that of the JDK makes a question mark of every lone surrogate, and so one key
   * of many.
   */
  private static void escapeMultibyte(ByteArrayOutputStream name, int c) {
    if (c < 0x800) {
      escape(name, 0xC0 | c >> 6);
    } else {
      if (c < 0x10000) {
        escape(name, 0xE0 | c >> 12);
      } else {
        escape(name, 0xF0 | c >> 18);
        escape(name, 0x80 | (c >> 12 & 0x3F));
      }
      escape(name, 0x80 | (c >> 6 & 0x3F));
    }
    escape(name, 0x80 | (c & 0x3F));
  }

  private static void escape(ByteArrayOutputStream name, int octet) {
    name.write('%');
    name.write(HEX[octet >> 4]);
    name.write(HEX[octet & 0xF]);
  }
}
