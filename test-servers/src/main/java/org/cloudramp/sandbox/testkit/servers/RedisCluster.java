package org.cloudramp.sandbox.testkit.servers;

import io.lettuce.core.MigrateArgs;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/** Three masters, without replicas, on free ports of this machine. */
public final class RedisCluster implements AutoCloseable {
  private static final int MASTERS = 3;
  private static final int SLOTS = 16_384;

  private final List<RedisProcess> masters = new ArrayList<>();

  private RedisCluster() {}

  public static RedisCluster start() {
    RedisCluster cluster = new RedisCluster();
    try {
      for (int i = 0; i < MASTERS; i++) {
        cluster.masters.add(
            RedisProcess.start(
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                String.valueOf(Ports.free()),
                "--cluster-node-timeout",
                "2000"));
      }
      cluster.join();
      return cluster;
    } catch (RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  public String uri() {
    return masters.stream()
        .map(master -> "127.0.0.1:" + master.port())
        .collect(Collectors.joining(",", "redis-cluster://", ""));
  }

  public List<RedisProcess> masters() {
    return masters;
  }

  public void empty() {
    masters.forEach(RedisProcess::empty);
  }

  /** The master that has a slot. */
  public RedisProcess masterOf(int slot) {
    return masters.get((int) (((long) (slot + 1) * MASTERS - 1) / SLOTS));
  }

  /** The slot of the first key whose name is of that shape, as of the command {@code KEYS}. */
  public int slotOf(String shape) {
    for (RedisProcess master : masters) {
      List<String> keys = master.ask(redis -> redis.keys(shape));
      if (!keys.isEmpty()) {
        return Math.toIntExact(master.count(redis -> redis.clusterKeyslot(keys.get(0))));
      }
    }
    throw new AssertionError("there is no key " + shape);
  }

  /**
   * Moves a slot with all its keys to another master, as operators do it, piece by piece while
   * clients go on. Afterwards {@link #masterOf} is wrong about it.
   */
  public void move(int slot, RedisProcess from, RedisProcess to) {
    String source = from.ask(RedisCommands::clusterMyId);
    String target = to.ask(RedisCommands::clusterMyId);
    to.ask(redis -> redis.clusterSetSlotImporting(slot, source));
    from.ask(redis -> redis.clusterSetSlotMigrating(slot, target));
    List<String> keys = from.ask(redis -> redis.clusterGetKeysInSlot(slot, 10));
    while (!keys.isEmpty()) {
      MigrateArgs<String> some = MigrateArgs.Builder.keys(keys);
      from.ask(redis -> redis.migrate("127.0.0.1", to.port(), 0, 10_000, some));
      keys = from.ask(redis -> redis.clusterGetKeysInSlot(slot, 10));
    }
    to.ask(redis -> redis.clusterSetSlotNode(slot, target));
    from.ask(redis -> redis.clusterSetSlotNode(slot, target));
    masters.forEach(master -> master.ask(redis -> redis.clusterSetSlotNode(slot, target)));
  }

  @Override
  public void close() {
    masters.forEach(RedisProcess::close);
  }

  private void join() {
    RedisProcess first = masters.get(0);
    for (int i = 0; i < MASTERS; i++) {
      int from = SLOTS * i / MASTERS;
      int to = SLOTS * (i + 1) / MASTERS - 1;
      int epoch = i + 1;
      RedisProcess master = masters.get(i);
      master.ask(
          redis -> {
            redis.clusterSetConfigEpoch(epoch);
            return redis.clusterAddSlots(IntStream.rangeClosed(from, to).toArray());
          });
      if (master != first) {
        int bus =
            Integer.parseInt(master.ask(r -> r.configGet("cluster-port")).get("cluster-port"));
        // Lettuce's clusterMeet cannot name the port of the bus.
        first.ask(redis -> meet(redis, master.port(), bus));
      }
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                masters.stream()
                    .map(master -> master.ask(RedisCommands::clusterInfo))
                    .allMatch(
                        info ->
                            info.contains("cluster_state:ok")
                                && info.contains("cluster_known_nodes:" + MASTERS)));
  }

  private static String meet(RedisCommands<String, String> redis, int port, int bus) {
    return redis.eval(
        "return redis.call('CLUSTER', 'MEET', '127.0.0.1', ARGV[1], ARGV[2])",
        ScriptOutputType.STATUS,
        new String[0],
        String.valueOf(port),
        String.valueOf(bus));
  }
}
