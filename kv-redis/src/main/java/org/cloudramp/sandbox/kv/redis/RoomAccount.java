package org.cloudramp.sandbox.kv.redis;

/**
 * What the keys and the log of a room count, as a script has told.
 *
 * @param time when it was so, in microseconds of the server's clock: of two accounts the later
 *     counts
 * @param bytes of all its keys, and of its log
 * @param due when they change by themselves because a key or the log expires, in milliseconds, or
 *     {@code never}
 */
record RoomAccount(long time, long bytes, String due) {
  /** Reads what {@code log.lua} writes. */
  static RoomAccount parse(String text) {
    String[] words = text.split(" ", -1);
    if (words.length != 3) {
      throw new AssertionError("log.lua answered " + text);
    }
    return new RoomAccount(Long.parseLong(words[0]), Long.parseLong(words[1]), words[2]);
  }
}
