package org.cloudramp.sandbox.core;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;

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
 * @param kvRoomBytes of all keys of a room, as {@link KvQuota} counts
 * @param kvServiceBytes of all keys of all rooms of a service
 * @param roomMemoryBytes of memory that is not zero, of the guest of a room that several servers
 *     share and that keeps its memory; 0 if servers do not share that
 * @param timers that may be set in a room at a time
 * @param logLines how many a hook may log; more are dropped and counted
 * @param logLinesPerMinute of one service's guests, and again about its hooks; more are dropped and
 *     counted
 * @param logLineLength in characters of one line; the rest is cut off
 * @param queueLength hooks that wait in one room
 * @param attempts how often a hook is run when its writes conflict with somebody else's
 * @param hooksPerCommit how many hooks of a room that wait may be committed together in a store
 *     that several servers share; 1 for each by itself
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
    long kvRoomBytes,
    long kvServiceBytes,
    int roomMemoryBytes,
    int timers,
    int logLines,
    int logLinesPerMinute,
    int logLineLength,
    int queueLength,
    int attempts,
    int hooksPerCommit) {
  private static final int MEBIBYTE = 1 << 20;

  private static final Setting<Duration> TIME =
      Setting.duration(
          "time",
          Duration.ofMillis(250),
          "for a hook, its host calls included; then it fails (deadline)");
  private static final Setting<Duration> INITIALIZE_TIME =
      Setting.duration(
          "initializeTime",
          Duration.ofSeconds(1),
          "for `_initialize` of a new instance; then the module cannot be loaded");
  private static final Setting<Duration> COMMIT_TIME =
      Setting.duration(
          "commitTime",
          Duration.ofSeconds(2),
          "for the commit of a hook's writes; then it fails, and they may have happened");
  private static final Setting<Integer> MEMORY_PAGES =
      Setting.integer(
          "memoryPages",
          256,
          1,
          65_535,
          "of 64 KiB, for one instance; more is refused: `memory.grow` gives −1");
  private static final Setting<Integer> HOST_CALLS =
      Setting.integer(
          "hostCalls",
          10_000,
          1,
          Integer.MAX_VALUE,
          "how often a hook may call the host; then it fails (quota)");
  private static final Setting<Integer> REQUEST_BYTES =
      Setting.size("requestBytes", MEBIBYTE, "of one host call; with more the hook fails (quota)");
  private static final Setting<Integer> RESPONSE_BYTES =
      Setting.size("responseBytes", MEBIBYTE, "of one host call; with more it gives error 4");
  private static final Setting<Integer> MESSAGE_BYTES =
      Setting.size("messageBytes", MEBIBYTE, "of a message to a hook; a larger one is refused");
  private static final Setting<Integer> EFFECTS =
      Setting.integer(
          "effects",
          1_000,
          0,
          Integer.MAX_VALUE,
          "how many a hook may ask for; one more gives error 4");
  private static final Setting<Integer> EFFECT_BYTES =
      Setting.size(
          "effectBytes", 4 * MEBIBYTE, "of all effects of a hook together; more gives error 4");
  private static final Setting<Integer> KV_OPERATIONS =
      Setting.integer(
          "kvOperations",
          128,
          0,
          Integer.MAX_VALUE,
          "keys that a hook reads and writes; one more gives error 4");
  private static final Setting<Integer> KV_KEY_BYTES =
      Setting.size("kvKeyBytes", 512, "of one key; more gives error 4");
  private static final Setting<Integer> KV_VALUE_BYTES =
      Setting.size("kvValueBytes", 64 << 10, "of one value; more gives error 4");
  private static final Setting<Long> KV_ROOM_BYTES =
      Setting.largeSize(
          "kvRoomBytes",
          8L * MEBIBYTE,
          "of all keys of a room, "
              + KvQuota.BYTES_PER_KEY
              + " for each key and those of its name and value; what would leave more fails (quota)");
  private static final Setting<Long> KV_SERVICE_BYTES =
      Setting.largeSize(
          "kvServiceBytes",
          256L * MEBIBYTE,
          "of all keys of a service, counted alike; what would leave more fails (quota): see [below](#bytes-of-keys)");
  private static final Setting<Integer> ROOM_MEMORY_BYTES =
      Setting.size(
          "roomMemoryBytes",
          MEBIBYTE,
          "of memory that is not zero, in pieces of 4 KiB, in a room of several servers that keeps its memory; a hook that leaves more fails (quota). `0`: each server keeps one of its own. See [below](#rooms-that-keep-memory)");
  private static final Setting<Integer> TIMERS =
      Setting.integer(
          "timers",
          32,
          0,
          10_000,
          "that may be set in a room at a time; a hook that would leave more fails (quota)");
  private static final Setting<Integer> LOG_LINES =
      Setting.integer(
          "logLines",
          100,
          0,
          Integer.MAX_VALUE,
          "how many a hook may log; the rest is dropped, and counted in one line");
  private static final Setting<Integer> LOG_LINES_PER_MINUTE =
      Setting.integer(
          "logLinesPerMinute",
          6_000,
          0,
          Integer.MAX_VALUE,
          "of one service's guests, and as many about its hooks; the rest is dropped, and counted in one line a minute");
  private static final Setting<Integer> LOG_LINE_LENGTH =
      Setting.integer(
          "logLineLength",
          4_096,
          0,
          Integer.MAX_VALUE,
          "in characters of one line; the rest is cut off");
  private static final Setting<Integer> QUEUE_LENGTH =
      Setting.integer(
          "queueLength",
          1_024,
          1,
          Integer.MAX_VALUE,
          "hooks that wait in one room; one more is refused at once");
  private static final Setting<Integer> ATTEMPTS =
      Setting.integer(
          "attempts",
          32,
          1,
          1_000,
          "how often a hook is run when others change the same keys; then it fails (conflict): see [below](#several-servers-one-room)");
  private static final Setting<Integer> HOOKS_PER_COMMIT =
      Setting.integer(
          "hooksPerCommit",
          64,
          1,
          1_000,
          "how many messages and requests of a room that wait may be committed together in a store that several servers share; `1` for each by itself: see [below](#several-servers-one-room)");

  /** All of them, in the order of a hook's way. */
  static final List<Setting<?>> SETTINGS =
      List.of(
          TIME,
          INITIALIZE_TIME,
          COMMIT_TIME,
          MEMORY_PAGES,
          HOST_CALLS,
          REQUEST_BYTES,
          RESPONSE_BYTES,
          MESSAGE_BYTES,
          EFFECTS,
          EFFECT_BYTES,
          KV_OPERATIONS,
          KV_KEY_BYTES,
          KV_VALUE_BYTES,
          KV_ROOM_BYTES,
          KV_SERVICE_BYTES,
          ROOM_MEMORY_BYTES,
          TIMERS,
          LOG_LINES,
          LOG_LINES_PER_MINUTE,
          LOG_LINE_LENGTH,
          QUEUE_LENGTH,
          ATTEMPTS,
          HOOKS_PER_COMMIT);

  /** The limits of a sandbox that sets none. */
  public static Limits defaults() {
    return read(new PluginSettings("limits.", Map.of()));
  }

  /**
   * Reads the settings {@code limits.*}; each is named as its component.
   *
   * @throws ConfigurationException if one reads wrong
   */
  static Limits read(PluginSettings settings) {
    return new Limits(
        TIME.read(settings),
        INITIALIZE_TIME.read(settings),
        COMMIT_TIME.read(settings),
        MEMORY_PAGES.read(settings),
        HOST_CALLS.read(settings),
        REQUEST_BYTES.read(settings),
        RESPONSE_BYTES.read(settings),
        MESSAGE_BYTES.read(settings),
        EFFECTS.read(settings),
        EFFECT_BYTES.read(settings),
        KV_OPERATIONS.read(settings),
        KV_KEY_BYTES.read(settings),
        KV_VALUE_BYTES.read(settings),
        KV_ROOM_BYTES.read(settings),
        KV_SERVICE_BYTES.read(settings),
        ROOM_MEMORY_BYTES.read(settings),
        TIMERS.read(settings),
        LOG_LINES.read(settings),
        LOG_LINES_PER_MINUTE.read(settings),
        LOG_LINE_LENGTH.read(settings),
        QUEUE_LENGTH.read(settings),
        ATTEMPTS.read(settings),
        HOOKS_PER_COMMIT.read(settings));
  }

  /**
   * These limits, with others where {@code settings} says so.
   *
   * @throws ConfigurationException if one reads wrong
   */
  Limits with(PluginSettings settings) {
    return new Limits(
        positive(TIME, settings, time),
        positive(INITIALIZE_TIME, settings, initializeTime),
        positive(COMMIT_TIME, settings, commitTime),
        MEMORY_PAGES.readOr(settings, memoryPages),
        HOST_CALLS.readOr(settings, hostCalls),
        REQUEST_BYTES.readOr(settings, requestBytes),
        RESPONSE_BYTES.readOr(settings, responseBytes),
        MESSAGE_BYTES.readOr(settings, messageBytes),
        EFFECTS.readOr(settings, effects),
        EFFECT_BYTES.readOr(settings, effectBytes),
        KV_OPERATIONS.readOr(settings, kvOperations),
        KV_KEY_BYTES.readOr(settings, kvKeyBytes),
        KV_VALUE_BYTES.readOr(settings, kvValueBytes),
        KV_ROOM_BYTES.readOr(settings, kvRoomBytes),
        KV_SERVICE_BYTES.readOr(settings, kvServiceBytes),
        ROOM_MEMORY_BYTES.readOr(settings, roomMemoryBytes),
        TIMERS.readOr(settings, timers),
        LOG_LINES.readOr(settings, logLines),
        LOG_LINES_PER_MINUTE.readOr(settings, logLinesPerMinute),
        LOG_LINE_LENGTH.readOr(settings, logLineLength),
        QUEUE_LENGTH.readOr(settings, queueLength),
        ATTEMPTS.readOr(settings, attempts),
        HOOKS_PER_COMMIT.readOr(settings, hooksPerCommit));
  }

  private static Duration positive(
      Setting<Duration> setting, PluginSettings settings, Duration otherwise) {
    Duration value = setting.readOr(settings, otherwise);
    if (value.isZero()) {
      throw settings.wrong(setting.name(), "0", "positive");
    }
    return value;
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

  /** What the keys of a room, and of all rooms of its service, may take. */
  public KvQuota kvQuota() {
    return new KvQuota(kvRoomBytes, kvServiceBytes);
  }
}
