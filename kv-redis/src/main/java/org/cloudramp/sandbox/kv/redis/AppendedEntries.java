package org.cloudramp.sandbox.kv.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;

/**
 * What {@code commit.lua} tells the channel of a partition: a line of text, and then each entry
 * with its length before it, in four bytes, the highest first.
 *
 * <pre>
 * 1 chat/lobby (epoch) (offset of the first entry) (stamp before it) (stamp of all) (how many)
 * </pre>
 *
 * The line begins with the version of this format: another is not understood, and what it tells is
 * found in the log.
 *
 * @param address whose log it is
 * @param page the entries
 */
record AppendedEntries(RoomAddress address, LogRead.Page page) {
  private static final Pattern LINE =
      Pattern.compile(
          "1 ([^ /]+)/([^ /]+) ([^ ]+) ([1-9][0-9]{0,17}) ([0-9]{1,18}) ([0-9]{1,18}) ([1-9][0-9]{0,8})");

  /** Longer than any line: the ids of service and room have bounds. */
  private static final int MAX_LINE = 512;

  /** What the line begins with. */
  static byte[] beginningOf(RoomAddress address) {
    return ("1 " + address).getBytes(StandardCharsets.US_ASCII);
  }

  /** Reads a message; nothing if it is none of this format. */
  static Optional<AppendedEntries> parse(byte[] message) {
    int end = 0;
    while (end < message.length && end < MAX_LINE && message[end] != '\n') {
      end++;
    }
    if (end == message.length || end == MAX_LINE) {
      return Optional.empty();
    }
    Matcher line = LINE.matcher(new String(message, 0, end, StandardCharsets.ISO_8859_1));
    if (!line.matches()) {
      return Optional.empty();
    }
    ByteBuffer rest = ByteBuffer.wrap(message, end + 1, message.length - end - 1);
    Optional<List<Bytes>> entries = entries(rest, Integer.parseInt(line.group(7)));
    long first = Long.parseLong(line.group(4));
    LogPosition after = new LogPosition(line.group(3), first - 1, Long.parseLong(line.group(5)));
    long stamp = Long.parseLong(line.group(6));
    try {
      RoomAddress address = RoomAddress.of(line.group(1), line.group(2));
      return entries.map(
          all -> new AppendedEntries(address, LogRead.Page.atTheEnd(after, all, stamp)));
    } catch (IllegalArgumentException noRoom) {
      return Optional.empty();
    }
  }

  private static Optional<List<Bytes>> entries(ByteBuffer from, int count) {
    List<Bytes> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (from.remaining() < Integer.BYTES) {
        return Optional.empty();
      }
      int length = from.getInt();
      if (length < 0 || length > from.remaining()) {
        return Optional.empty();
      }
      byte[] content = new byte[length];
      from.get(content);
      entries.add(Bytes.adopt(content));
    }
    return from.hasRemaining() ? Optional.empty() : Optional.of(entries);
  }
}
