package org.cloudramp.sandbox.kv.redis;

import static org.cloudramp.sandbox.kv.redis.LuaScript.ascii;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.kv.LogWindow;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.api.kv.Roster;
import org.cloudramp.sandbox.api.kv.RosterChange;
import org.cloudramp.sandbox.api.kv.RosterSession;
import org.cloudramp.sandbox.api.kv.RosterUpdate;
import org.cloudramp.sandbox.api.kv.TimerChanges;
import org.cloudramp.sandbox.api.kv.TimerWrite;

/** Runs {@code commit.lua}. Thread-safe. */
final class CommitScript {
  /** Far longer than anybody retries a commit, and short enough not to fill the memory. */
  private static final Duration REMEMBERED = Duration.ofMinutes(2);

  private static final Duration MAX_LIFE = Duration.ofDays(36_525);
  private static final byte[] DELETE = ascii("delete");
  private static final byte[] NEVER = ascii("never");
  private static final byte[] KEEP = ascii("keep ");
  private static final byte[] NOTHING = {};
  private static final byte[] ABSENT = {'-'};
  private static final byte[] ENTER = ascii("enter");
  private static final byte[] LEAVE = ascii("leave");
  private static final byte[] RECEIVE = ascii("receive");
  private static final byte[] RESUME = ascii("resume");

  /** Longer than anybody commits what it saw of a roster before. */
  static final Duration EMPTY_ROSTER_KEPT = Duration.ofHours(1);

  /** What the script is told of each kind of write: the life of the key, its value, its bytes. */
  private static final KvWrite.Visitor<List<byte[]>> ARGUMENTS =
      new KvWrite.Visitor<>() {
        @Override
        public List<byte[]> put(KvWrite.Put put) {
          return List.of(
              put.timeToLive().map(CommitScript::millis).orElse(NEVER),
              put.value().toArray(),
              ascii(KvQuota.bytesOf(put)));
        }

        @Override
        public List<byte[]> delete(KvWrite.Delete delete) {
          return List.of(DELETE, NOTHING, ascii(KvQuota.bytesOf(delete)));
        }

        @Override
        public List<byte[]> update(KvWrite.Update update) {
          byte[] life = update.timeToLive().map(CommitScript::millis).orElse(NEVER);
          return List.of(
              join(KEEP, life), update.value().toArray(), ascii(KvQuota.bytesOf(update)));
        }
      };

  private final LuaScript script;
  private final Partitioning partitions;
  private final LogWindow window;
  private final int keysPerRoom;

  CommitScript(
      RedisClusterAsyncCommands<byte[], byte[]> commands,
      Partitioning partitions,
      LogWindow window,
      int keysPerRoom) {
    this.script = new LuaScript(commands, "bytes.lua", "log.lua", "timers.lua", "commit.lua");
    this.partitions = partitions;
    this.window = window;
    this.keysPerRoom = keysPerRoom;
  }

  /**
   * By how many bytes a transaction can grow a room at most: if all it sets was absent, and no
   * older entry of its log makes room.
   */
  static long mostGrowth(KvTransaction transaction) {
    return transaction.writes().stream().mapToLong(KvQuota::bytesOf).sum()
        + LogWindow.bytesOf(transaction.appends())
        + (long) transaction.timers().mostGrowth() * RoomTimer.BYTES
        + transaction.roster().map(CommitScript::bytesOfStates).orElse(0L);
  }

  private static long bytesOfStates(RosterUpdate update) {
    return update.states().values().stream().mapToLong(Roster::bytesOf).sum();
  }

  /**
   * What the script answers, as it says.
   *
   * @param allowed by how many bytes the room may grow, for the sake of the service
   */
  CompletionStage<String> run(RoomAddress address, KvTransaction transaction, long allowed) {
    RoomKeys names = partitions.keysOf(address);
    int partition = partitions.partitionOf(address);
    List<Bytes> appends = transaction.appends();
    List<RosterChange> changes = transaction.roster().map(RosterUpdate::changes).orElse(List.of());
    List<byte[]> keys = new ArrayList<>();
    List<byte[]> arguments = new ArrayList<>();
    keys.add(names.index());
    keys.add(names.transaction(transaction.id()));
    keys.add(names.reservation());
    keys.add(names.sizes());
    keys.add(names.logHead());
    keys.add(names.logStream());
    keys.add(names.roster());
    keys.add(
        partitions.fenceOf(partition, transaction.roster().map(RosterUpdate::server).orElse("")));
    keys.addAll(names.timers().all());
    arguments.add(ascii(REMEMBERED.toMillis()));
    arguments.add(ascii(keysPerRoom));
    arguments.add(ascii(names.prefixLength()));
    arguments.add(ascii(transaction.reads().size()));
    arguments.add(ascii(transaction.quota().roomBytes()));
    arguments.add(ascii(allowed));
    arguments.add(appends.isEmpty() ? NOTHING : newEpoch());
    arguments.add(ascii(window.entries()));
    arguments.add(ascii(window.bytes()));
    arguments.add(ascii(window.age().toMillis()));
    arguments.add(partitions.channelOf(partition));
    arguments.add(AppendedEntries.beginningOf(address));
    arguments.add(ascii(appends.size()));
    OptionalLong seen = transaction.roster().map(RosterUpdate::seen).orElse(OptionalLong.empty());
    arguments.add(seen.isEmpty() ? ABSENT : ascii(seen.getAsLong()));
    arguments.add(ascii(changes.size()));
    arguments.add(newVersion());
    arguments.add(ascii(EMPTY_ROSTER_KEPT.toMillis()));
    TimerChanges timers = transaction.timers();
    arguments.add(ascii(address.service().value()));
    arguments.add(ascii(address.room().value()));
    arguments.add(ascii(timers.most()));
    arguments.add(ascii(timers.writes().size()));
    arguments.add(utf8(transaction.id()));
    arguments.add(timers.fired().map(fired -> nameInLine(address, fired.name())).orElse(NOTHING));
    arguments.add(timers.fired().map(fired -> utf8(fired.id())).orElse(NOTHING));
    Map<String, Bytes> seenStates =
        transaction.roster().map(RosterUpdate::seenStates).orElse(Map.of());
    Map<String, Bytes> states = transaction.roster().map(RosterUpdate::states).orElse(Map.of());
    arguments.add(ascii(seenStates.size()));
    arguments.add(ascii(states.size()));
    arguments.add(ascii(Roster.STATE_BYTES));
    for (Map.Entry<String, Optional<Bytes>> read : transaction.reads().entrySet()) {
      keys.add(names.key(read.getKey()));
      arguments.add(expected(read.getValue()));
    }
    for (KvWrite write : transaction.writes()) {
      keys.add(names.key(write.key()));
      arguments.addAll(write.accept(ARGUMENTS));
    }
    for (RosterChange change : changes) {
      keys.add(partitions.roomsOf(partition, change.server()));
      keys.add(partitions.roomsOf(partition, serverAfter(change)));
      arguments.addAll(argumentsOf(change));
    }
    for (TimerWrite write : timers.writes()) {
      arguments.add(nameInLine(address, write.name()));
      arguments.add(write.due().map(due -> ascii(due.toEpochMilli())).orElse(NOTHING));
    }
    for (Map<String, Bytes> each : List.of(seenStates, states)) {
      each.forEach(
          (member, state) -> {
            arguments.add(ascii(member));
            arguments.add(state.toArray());
          });
    }
    appends.forEach(entry -> arguments.add(entry.toArray()));
    return script.run(keys, arguments);
  }

  private static String serverAfter(RosterChange change) {
    return change instanceof RosterChange.Resume resume ? resume.nextServer() : change.server();
  }

  /** What the script is told of a change: what it is, of whom, of which server, and four more. */
  private static List<byte[]> argumentsOf(RosterChange change) {
    byte[] member = ascii(change.member());
    byte[] server = ascii(change.server());
    byte[] step = ascii(Roster.step(change.member()));
    if (change instanceof RosterChange.Enter enter) {
      byte[] key = enter.entry().session().map(each -> each.key().toArray()).orElse(NOTHING);
      byte[] received = ascii(enter.entry().session().map(RosterSession::received).orElse(0L));
      byte[] description = enter.entry().description().toArray();
      return List.of(ENTER, member, server, description, received, key, step);
    }
    if (change instanceof RosterChange.Receive message) {
      byte[] number = ascii(message.number());
      return List.of(RECEIVE, member, server, ascii(message.first()), number, NOTHING, NOTHING);
    }
    if (change instanceof RosterChange.Resume resume) {
      byte[] nextServer = ascii(resume.nextServer());
      byte[] seen = resume.seen().toArray();
      byte[] nextKey = resume.nextKey().toArray();
      return List.of(RESUME, member, server, seen, nextServer, nextKey, NOTHING);
    }
    return List.of(LEAVE, member, server, NOTHING, NOTHING, NOTHING, step);
  }

  /** Of a log that is begun. A script has no dice of its own. */
  static byte[] newEpoch() {
    return ascii(UUID.randomUUID().toString());
  }

  /** Of a roster that is begun; Lua counts to 2^53. */
  static byte[] newVersion() {
    return ascii(ThreadLocalRandom.current().nextLong(1L << 48));
  }

  private static byte[] expected(Optional<Bytes> held) {
    if (held.isEmpty()) {
      return ABSENT;
    }
    byte[] expected = new byte[1 + held.get().size()];
    expected[0] = '+';
    held.get().copyInto(expected, 1);
    return expected;
  }

  private static byte[] nameInLine(RoomAddress address, String timer) {
    return TimerKeys.nameInLine(address.room(), timer);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** Rounded up, so that a key is never gone too early. */
  private static byte[] millis(Duration life) {
    Duration bounded = life.compareTo(MAX_LIFE) > 0 ? MAX_LIFE : life;
    return ascii(bounded.plusNanos(999_999).toMillis());
  }
}
