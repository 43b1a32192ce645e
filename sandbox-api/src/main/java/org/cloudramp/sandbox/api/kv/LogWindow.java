package org.cloudramp.sandbox.api.kv;

import java.time.Duration;
import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;

/**
 * How far back the log of a room reaches. The oldest entries go as soon as one of the three is
 * exceeded; the log of a room that is quiet for {@code age}, and that nobody follows, goes as a
 * whole.
 *
 * @param entries at most; positive
 * @param bytes of all entries, as {@link #bytesOf} counts them; not negative
 * @param age of an entry; positive
 */
@Experimental
public record LogWindow(int entries, long bytes, Duration age) {
  /** What an entry counts besides its content: about what it costs a store to keep one. */
  public static final int BYTES_PER_ENTRY = 64;

  private static final int DEFAULT_ENTRIES = 4_096;
  private static final int DEFAULT_BYTES = 1 << 20;
  private static final Duration DEFAULT_AGE = Duration.ofMinutes(2);

  private static final Setting<Integer> ENTRIES =
      Setting.integer(
          "logEntries",
          DEFAULT_ENTRIES,
          1,
          65_536,
          "how many messages the log of a room keeps for who comes back");
  private static final Setting<Integer> BYTES =
      Setting.size("logBytes", DEFAULT_BYTES, "how many bytes the log of a room keeps");
  private static final Setting<Duration> AGE =
      Setting.positiveDuration(
          "logAge",
          DEFAULT_AGE,
          "how long the log of a room keeps a message; a room that is quiet for that long, and that no server follows, has no log");

  /**
   * @throws IllegalArgumentException if one is out of its bounds
   */
  public LogWindow {
    if (entries <= 0 || bytes < 0 || age.isNegative() || age.isZero()) {
      throw new IllegalArgumentException(
          "no window of a log: %d entries, %d bytes, %s".formatted(entries, bytes, age));
    }
  }

  /** 256 entries, 1 MiB, two minutes. */
  public static LogWindow standard() {
    return new LogWindow(DEFAULT_ENTRIES, DEFAULT_BYTES, DEFAULT_AGE);
  }

  /** The settings that {@link #read} reads, for a store to declare. */
  public static List<Setting<?>> settings() {
    return List.of(ENTRIES, BYTES, AGE);
  }

  /**
   * What the settings of a store say.
   *
   * @throws org.cloudramp.sandbox.api.error.ConfigurationException if one of them reads wrong
   */
  public static LogWindow read(PluginSettings settings) {
    return new LogWindow(ENTRIES.read(settings), BYTES.read(settings), AGE.read(settings));
  }

  /** Bytes that an entry counts: its content, and 64. */
  public static long bytesOf(Bytes entry) {
    return BYTES_PER_ENTRY + (long) entry.size();
  }

  /** Bytes that entries count together. */
  public static long bytesOf(List<Bytes> entries) {
    long bytes = 0;
    for (Bytes entry : entries) {
      bytes += bytesOf(entry);
    }
    return bytes;
  }
}
