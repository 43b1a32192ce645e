package org.cloudramp.sandbox.kv.redis;

import static org.cloudramp.sandbox.kv.redis.LuaScript.ascii;
import static org.cloudramp.sandbox.kv.redis.LuaScript.text;

import io.lettuce.core.KeyValue;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.LogFollowers;
import org.cloudramp.sandbox.api.kv.LogListener;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.LogSubscription;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.api.kv.OpenedRoom;
import org.cloudramp.sandbox.api.kv.RoomLog;
import org.cloudramp.sandbox.api.kv.RosterEntry;

/**
 * The logs of rooms: a stream for each, and a channel for each partition that {@code commit.lua}
 * tells of what it has appended. What a channel says is told at once if nothing is missing before
 * it; a channel loses messages, so the stream is what counts, and is looked into when
 *
 * <ul>
 *   <li>an offset is missing,
 *   <li>a subscription was made, or made again,
 *   <li>{@code checkEach} has gone by: for what was lost without a sign.
 * </ul>
 *
 * Thread-safe. Listeners are called by threads of this class.
 */
final class RedisRoomLog implements RoomLog, LogChannels.Ear, AutoCloseable {
  /** Rooms whose ends are asked for in one script. */
  private static final int MAX_CHECKED = 100;

  /** Reads under way at a time: each brings up to the whole log of a room. */
  private static final int MAX_READS = 32;

  private static final int TELLERS = Math.max(2, Runtime.getRuntime().availableProcessors() / 2);

  private static final int BUFFERS_SHARE_OF_THE_HEAP = 32;

  /** Before them read.lua answers what it is, and where the log ends and the page begins. */
  private static final int STAMPS_OF_ENTRIES = 4;

  /**
   * Where a log ends is compared with what was heard only after a moment: most often the channel
   * has told of the end already, and the driver has not got to that yet. What is larger than the
   * window can be heard from the channel only.
   */
  private static final long GRACE_MILLIS = 200;

  /**
   * What it works with.
   *
   * @param mostFollowed how many rooms may be followed
   * @param checkEach how often logs are looked into that nothing was heard of
   */
  record Parts(
      RedisClusterAsyncCommands<byte[], byte[]> commands,
      RedisCalls calls,
      RedisFailures failures,
      Partitioning partitions,
      ChannelConnections connections,
      LogWindow window,
      int mostFollowed,
      Duration checkEach) {}

  private final Parts parts;
  private final ScheduledExecutorService timer;
  private final LuaScript opens;
  private final LuaScript reads;
  private final LuaScript checks;
  private final ReadTurns turns = new ReadTurns(MAX_READS);
  private final ThreadPoolExecutor tellers = tellers();
  private final LogFollowers followers;
  private final LogChannels channels;
  private final StrangeMessages strange = new StrangeMessages(System::nanoTime);

  /** How many follow each room of a partition, of those partitions that are listened to. */
  private final Map<Integer, Map<RoomAddress, Integer>> followed = new ConcurrentHashMap<>();

  RedisRoomLog(Parts parts, ScheduledExecutorService timer) {
    this.parts = parts;
    this.timer = timer;
    opens = new LuaScript(parts.commands(), "bytes.lua", "log.lua", "open.lua");
    reads = new LuaScript(parts.commands(), "bytes.lua", "log.lua", "read.lua");
    checks = new LuaScript(parts.commands(), "check.lua");
    followers =
        new LogFollowers(
            (address, after, most) -> turns.take(() -> read(address, after, most)),
            parts.mostFollowed(),
            "kv.redis.followedRooms",
            Runtime.getRuntime().maxMemory() / BUFFERS_SHARE_OF_THE_HEAP,
            tellers);
    channels = new LogChannels(parts.connections(), parts.partitions(), this);
    long each = parts.checkEach().toMillis();
    var unused = timer.scheduleWithFixedDelay(channels::renew, each, each, TimeUnit.MILLISECONDS);
  }

  /**
   * Who follows has connections to write to, which may be slow: the driver's threads, that all
   * answers come by, must not wait for them. Each room has one task waiting at most.
   */
  private static ThreadPoolExecutor tellers() {
    ThreadPoolExecutor made =
        new ThreadPoolExecutor(
            TELLERS,
            TELLERS,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "sandbox-redis-log");
              thread.setDaemon(true);
              return thread;
            });
    made.allowCoreThreadTimeOut(true);
    return made;
  }

  @Override
  public CompletionStage<OpenedRoom> open(RoomAddress address) {
    RoomKeys names = parts.partitions().keysOf(address);
    return parts
        .calls()
        .call(
            () ->
                opens.runForList(
                    List.of(names.logHead(), names.logStream(), names.roster()),
                    List.of(
                        CommitScript.newEpoch(),
                        age(),
                        CommitScript.newVersion(),
                        ascii(CommitScript.EMPTY_ROSTER_KEPT.toMillis()))),
            answer ->
                new OpenedRoom(
                    position(text(answer.get(0))),
                    RosterFields.parse(answer.subList(1, answer.size()))),
            failure -> parts.failures().logFailed(address, failure));
  }

  @Override
  public CompletionStage<Optional<RosterEntry>> member(RoomAddress address, String member) {
    if (!RosterEntry.isMember(member)) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    byte[] roster = parts.partitions().keysOf(address).roster();
    byte[][] fields = RosterFields.namesOf(member).toArray(byte[][]::new);
    return parts
        .calls()
        .call(
            () -> parts.commands().hmget(roster, fields),
            found -> member(member, found),
            failure -> parts.failures().logFailed(address, failure));
  }

  private static Optional<RosterEntry> member(String member, List<KeyValue<byte[], byte[]>> found) {
    KeyValue<byte[], byte[]> entry = found.get(0);
    KeyValue<byte[], byte[]> session = found.get(1);
    return entry.isEmpty()
        ? Optional.empty()
        : Optional.of(RosterFields.parse(member, entry.getValue(), session.optional()));
  }

  @Override
  public CompletionStage<LogRead> read(RoomAddress address, LogPosition after, int most) {
    RoomKeys names = parts.partitions().keysOf(address);
    List<byte[]> arguments =
        List.of(
            CommitScript.newEpoch(),
            ascii(parts.window().entries()),
            ascii(parts.window().bytes()),
            age(),
            after.epoch().getBytes(StandardCharsets.UTF_8),
            ascii(after.offset()),
            ascii(after.stamp()),
            ascii(most));
    return parts
        .calls()
        .call(
            () -> reads.runForList(List.of(names.logHead(), names.logStream()), arguments),
            answer -> meaning(answer, after),
            failure -> parts.failures().logFailed(address, failure));
  }

  private static LogRead meaning(List<byte[]> answer, LogPosition after) {
    String[] words = text(answer.get(0)).split(" ", -1);
    if (words[0].equals("GAP")) {
      return new LogRead.Gap(position(words, 1));
    }
    List<Bytes> entries = answer.subList(1, answer.size()).stream().map(Bytes::adopt).toList();
    List<Long> stamps = Stream.of(words).skip(STAMPS_OF_ENTRIES).map(Long::valueOf).toList();
    return new LogRead.Page(
        new LogPosition(after.epoch(), after.offset(), Long.parseLong(words[3])),
        entries,
        stamps,
        new LogPosition(after.epoch(), Long.parseLong(words[1]), Long.parseLong(words[2])));
  }

  @Override
  public LogSubscription follow(RoomAddress address, LogPosition after, LogListener listener) {
    LogSubscription cursor = followers.follow(address, after, listener);
    int partition = parts.partitions().partitionOf(address);
    followed.compute(
        partition,
        (number, present) -> {
          Map<RoomAddress, Integer> rooms = present;
          if (rooms == null) {
            rooms = new ConcurrentHashMap<>();
            channels.add(partition);
          }
          rooms.merge(address, 1, Integer::sum);
          return rooms;
        });
    AtomicBoolean closed = new AtomicBoolean();
    return () -> {
      if (closed.compareAndSet(false, true)) {
        cursor.close();
        unfollow(partition, address);
      }
    };
  }

  /**
   * A commit of this process has been answered: who follows here need not wait for the channel,
   * which says the same.
   */
  void appended(RoomAddress address, LogPosition after, List<Bytes> entries, long stamp) {
    followers.offer(address, LogRead.Page.atTheEnd(after, entries, stamp));
  }

  private void unfollow(int partition, RoomAddress address) {
    followed.computeIfPresent(
        partition,
        (number, rooms) -> {
          rooms.computeIfPresent(address, (room, count) -> count == 1 ? null : count - 1);
          if (!rooms.isEmpty()) {
            return rooms;
          }
          channels.remove(partition);
          return null;
        });
  }

  @Override
  public void heard(int partition, byte[] message) {
    AppendedEntries.parse(message)
        .ifPresentOrElse(
            appended -> followers.offer(appended.address(), appended.page()),
            () -> strange.heard(partition, message.length));
  }

  @Override
  public void mayHaveMissed(int partition) {
    Map<RoomAddress, Integer> rooms = followed.get(partition);
    if (rooms == null) {
      return;
    }
    List<RoomAddress> all = List.copyOf(rooms.keySet());
    for (int from = 0; from < all.size(); from += MAX_CHECKED) {
      check(all.subList(from, Math.min(all.size(), from + MAX_CHECKED)));
    }
  }

  /** Looks where the logs of rooms of one partition end. A failure is made up for by the next. */
  private void check(List<RoomAddress> rooms) {
    List<byte[]> keys = new ArrayList<>();
    rooms.forEach(room -> keys.add(parts.partitions().keysOf(room).logHead()));
    List<LogPosition> heardOf = rooms.stream().map(followers::heard).toList();
    var unused =
        parts
            .calls()
            .call(
                () -> checks.runForList(keys, List.of(age())),
                ends -> ends,
                failure -> parts.failures().logFailed(rooms.get(0), failure))
            .thenAccept(ends -> compareSoon(rooms, heardOf, ends));
  }

  private void compareSoon(List<RoomAddress> rooms, List<LogPosition> heardOf, List<byte[]> ends) {
    var unused =
        timer.schedule(() -> compare(rooms, heardOf, ends), GRACE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void compare(List<RoomAddress> rooms, List<LogPosition> heardOf, List<byte[]> ends) {
    for (int i = 0; i < rooms.size(); i++) {
      String end = text(ends.get(i));
      followers.check(
          rooms.get(i), heardOf.get(i), end.isEmpty() ? LogPosition.none() : position(end));
    }
  }

  /** A connection was made, for the first time or again. */
  void connected() {
    channels.renewSoon();
  }

  @Override
  public void close() {
    channels.close();
    followers.close();
    tellers.shutdown();
  }

  private byte[] age() {
    return ascii(parts.window().age().toMillis());
  }

  private static LogPosition position(String answer) {
    return position(answer.split(" ", -1), 0);
  }

  /** Epoch, offset and stamp, from one word on. */
  private static LogPosition position(String[] words, int first) {
    return new LogPosition(
        words[first], Long.parseLong(words[first + 1]), Long.parseLong(words[first + 2]));
  }
}
