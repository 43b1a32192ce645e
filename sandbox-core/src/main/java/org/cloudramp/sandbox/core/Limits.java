package org.cloudramp.sandbox.core;

import java.time.Duration;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;

/**
 * What a guest may take. Sizes are in bytes; everything counted is per hook unless it says
 * otherwise.
 *
 * @param time for a hook, its host calls included
 * @param initializeTime for {@code _initialize} of a new instance
 * @param commitTime for the commit of a hook's writes
 * @param memoryPages of 64 KiB, for one instance
 * @param hostCalls how often a hook may call the host
 * @param requestBytes of one host call
 * @param responseBytes of one host call
 * @param messageBytes of a payload that a hook is told of
 * @param effects how many effects a hook may ask for
 * @param effectBytes of all requests of effects together
 * @param kvOperations keys read and written
 * @param kvKeyBytes of one key
 * @param kvValueBytes of one value
 * @param logLines how many a hook may log; more are dropped and counted
 * @param logLinesPerMinute of one service's guests, and again about its hooks; more are dropped and
 *     counted
 * @param logLineLength in characters of one line; the rest is cut off
 * @param queueLength hooks that wait in one room
 * @param attempts how often a hook is run when its writes conflict with somebody else's
 */
public record Limits(
    Duration time,
    Duration initializeTime,
    Duration commitTime,
    int memoryPages,
    int hostCalls,
    int requestBytes,
    int responseBytes,
    int messageBytes,
    int effects,
    int effectBytes,
    int kvOperations,
    int kvKeyBytes,
    int kvValueBytes,
    int logLines,
    int logLinesPerMinute,
    int logLineLength,
    int queueLength,
    int attempts) {
  private static final int MEBIBYTE = 1 << 20;

  /** The limits of a sandbox that sets none. */
  public static Limits defaults() {
    return read(new PluginSettings("limits.", java.util.Map.of()));
  }

  /**
   * Reads the settings {@code limits.*}; each is named as its component.
   *
   * @throws ConfigurationException if one reads wrong
   */
  static Limits read(PluginSettings settings) {
    return new Limits(
        settings.duration("time", Duration.ofMillis(250)),
        settings.duration("initializeTime", Duration.ofSeconds(1)),
        settings.duration("commitTime", Duration.ofSeconds(2)),
        settings.integer("memoryPages", 256, 1, 65_535),
        settings.integer("hostCalls", 10_000, 1, Integer.MAX_VALUE),
        settings.size("requestBytes", MEBIBYTE),
        settings.size("responseBytes", MEBIBYTE),
        settings.size("messageBytes", MEBIBYTE),
        settings.integer("effects", 1_000, 0, Integer.MAX_VALUE),
        settings.size("effectBytes", 4 * MEBIBYTE),
        settings.integer("kvOperations", 128, 0, Integer.MAX_VALUE),
        settings.size("kvKeyBytes", 512),
        settings.size("kvValueBytes", 64 << 10),
        settings.integer("logLines", 100, 0, Integer.MAX_VALUE),
        settings.integer("logLinesPerMinute", 6_000, 0, Integer.MAX_VALUE),
        settings.integer("logLineLength", 4_096, 0, Integer.MAX_VALUE),
        settings.integer("queueLength", 1_024, 1, Integer.MAX_VALUE),
        settings.integer("attempts", 32, 1, 1_000));
  }

  /**
   * @throws ConfigurationException if a duration is not positive
   */
  public Limits {
    requirePositive("limits.time", time);
    requirePositive("limits.initializeTime", initializeTime);
    requirePositive("limits.commitTime", commitTime);
  }

  private static void requirePositive(String setting, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new ConfigurationException(
          "setting '%s' is %s, which is not positive".formatted(setting, duration));
    }
  }
}
