package org.cloudramp.sandbox.kv.redis;

import static org.cloudramp.sandbox.kv.redis.LuaScript.ascii;
import static org.cloudramp.sandbox.kv.redis.LuaScript.text;

import io.lettuce.core.MapScanCursor;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.HeldKeys;
import org.cloudramp.sandbox.api.kv.LastEntries;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.api.kv.RoomInspector;
import org.cloudramp.sandbox.api.kv.RoomTimer;

/**
 * Looks into rooms. The server is never busy with one question for longer than with a few thousand
 * names: it has no order of keys by their names, so these are put in order here; and the timers of
 * a room are among those of its service in the partition, so they are looked for piece by piece.
 * Thread-safe.
 */
final class RedisInspector implements RoomInspector {
  /** Of the hash of timers, at a time. */
  private static final int PIECE = 1_000;

  private final RedisClusterAsyncCommands<byte[], byte[]> commands;
  private final RedisCalls calls;
  private final RedisFailures failures;
  private final Partitioning partitions;
  private final LogWindow window;
  private final LuaScript names;
  private final LuaScript values;
  private final LuaScript last;

  /**
   * @param window of the logs of this server
   */
  RedisInspector(
      RedisClusterAsyncCommands<byte[], byte[]> commands,
      RedisCalls calls,
      RedisFailures failures,
      Partitioning partitions,
      LogWindow window) {
    this.commands = commands;
    this.calls = calls;
    this.failures = failures;
    this.partitions = partitions;
    this.window = window;
    this.names = new LuaScript(commands, "names.lua");
    this.values = new LuaScript(commands, "values.lua");
    this.last = new LuaScript(commands, "last.lua");
  }

  @Override
  public CompletionStage<HeldKeys> keys(
      RoomAddress address, Optional<String> after, int most, int mostOfEach) {
    RoomKeys room = partitions.keysOf(address);
    return calls
        .call(
            () -> names.runForList(List.of(room.index(), room.sizes()), List.of(ascii(MAX_KEYS))),
            answer -> answer,
            failure -> failures.inspectFailed(address, failure))
        .thenCompose(
            answer -> {
              int count = answer.size() - 2;
              List<String> behind =
                  answer.subList(0, count).stream()
                      .map(RoomKeys::unescaped)
                      .filter(name -> after.isEmpty() || name.compareTo(after.get()) > 0)
                      .sorted()
                      .toList();
              List<String> asked = behind.subList(0, Math.min(most, behind.size()));
              return values(address, room, asked, mostOfEach)
                  .thenApply(
                      keys ->
                          new HeldKeys(
                              keys,
                              behind.size() > asked.size(),
                              Long.parseLong(text(answer.get(count))),
                              Long.parseLong(text(answer.get(count + 1)))));
            });
  }

  private CompletionStage<List<HeldKeys.HeldKey>> values(
      RoomAddress address, RoomKeys room, List<String> asked, int mostOfEach) {
    if (asked.isEmpty()) {
      return CompletableFuture.completedFuture(List.of());
    }
    return calls.call(
        () -> values.runForList(asked.stream().map(room::key).toList(), List.of(ascii(mostOfEach))),
        answer -> {
          List<HeldKeys.HeldKey> keys = new ArrayList<>();
          for (int i = 0; i < asked.size(); i++) {
            String known = text(answer.get(2 * i));
            if (!known.equals("-")) { // it has gone meanwhile
              keys.add(key(asked.get(i), known, answer.get(2 * i + 1)));
            }
          }
          return keys;
        },
        failure -> failures.inspectFailed(address, failure));
  }

  private static HeldKeys.HeldKey key(String name, String known, byte[] beginning) {
    String[] words = known.split(" ", 2);
    long left = Long.parseLong(words[1]);
    return new HeldKeys.HeldKey(
        name,
        Bytes.adopt(beginning),
        Integer.parseInt(words[0]),
        left < 0 ? Optional.empty() : Optional.of(Duration.ofMillis(left)));
  }

  @Override
  public CompletionStage<List<RoomTimer>> timers(RoomAddress address, int most) {
    byte[] timers = partitions.keysOf(address).timers().timers();
    byte[] count = address.room().value().getBytes(StandardCharsets.US_ASCII);
    return calls
        .call(
            () -> commands.hget(timers, count),
            found -> found == null ? 0 : Integer.parseInt(text(found)),
            failure -> failures.inspectFailed(address, failure))
        .thenCompose(
            set -> new Search(address, timers, set).goOn(ScanCursor.INITIAL, MAX_TIMERS / PIECE))
        .thenApply(
            found ->
                found.stream()
                    .sorted(Comparator.comparing(RoomTimer::due).thenComparing(RoomTimer::name))
                    .limit(most)
                    .toList());
  }

  /** Looks for the timers of a room among those of its service. One piece at a time. */
  private final class Search {
    private final RoomAddress address;
    private final byte[] timers;
    private final int expected;
    private final Map<String, RoomTimer> found = new HashMap<>();

    /**
     * @param timers where to look
     * @param expected how many the room has
     */
    Search(RoomAddress address, byte[] timers, int expected) {
      this.address = address;
      this.timers = timers;
      this.expected = expected;
    }

    /** Goes on until all are found, there are no more, or enough was looked at. */
    CompletionStage<Collection<RoomTimer>> goOn(ScanCursor from, int piecesLeft) {
      if (found.size() >= expected || from.isFinished() || piecesLeft == 0) {
        return CompletableFuture.completedFuture(found.values());
      }
      return piece(from)
          .thenCompose(
              scanned -> {
                scanned
                    .getMap()
                    .forEach(
                        (name, known) -> {
                          RoomTimer timer = RedisTimers.timer(address.service(), name, known);
                          found.put(timer.name(), timer);
                        });
                return goOn(scanned, piecesLeft - 1);
              });
    }

    private CompletionStage<MapScanCursor<byte[], byte[]>> piece(ScanCursor from) {
      // What a room may be called means only itself in a pattern.
      byte[] ofRoom = (address.room().value() + " *").getBytes(StandardCharsets.US_ASCII);
      return calls.call(
          () -> commands.hscan(timers, from, ScanArgs.Builder.matches(ofRoom).limit(PIECE)),
          scanned -> scanned,
          failure -> failures.inspectFailed(address, failure));
    }
  }

  @Override
  public CompletionStage<LastEntries> lastEntries(RoomAddress address, int most, long mostBytes) {
    RoomKeys room = partitions.keysOf(address);
    return calls.call(
        () ->
            last.runForList(
                List.of(room.logHead(), room.logStream()),
                List.of(ascii(most), ascii(mostBytes), ascii(window.age().toMillis()))),
        RedisInspector::meaning,
        failure -> failures.logFailed(address, failure));
  }

  private static LastEntries meaning(List<byte[]> answer) {
    String end = text(answer.get(0));
    if (end.isEmpty()) {
      return new LastEntries(LogPosition.none(), List.of());
    }
    List<LastEntries.Entry> entries = new ArrayList<>();
    for (int i = 1; i < answer.size(); i += 2) {
      String[] words = text(answer.get(i)).split(" ", 2);
      entries.add(
          new LastEntries.Entry(
              Long.parseLong(words[0]),
              Instant.ofEpochMilli(Long.parseLong(words[1])),
              Bytes.adopt(answer.get(i + 1))));
    }
    Collections.reverse(entries);
    String[] words = end.split(" ", 2);
    return new LastEntries(new LogPosition(words[0], Long.parseLong(words[1])), entries);
  }
}
