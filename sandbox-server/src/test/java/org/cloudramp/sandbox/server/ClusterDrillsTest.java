package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.ServersOnRedis.patiently;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.cloudramp.sandbox.testkit.servers.RedisCluster;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers, each the command that users run, on a Redis Cluster whose slots move.
 * docs/operations.md has a table of these drills.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ClusterDrillsTest {
  private static final int SESSIONS = 10;
  private static final int LEAVERS = 4;
  private static final int MOVES = 4;
  private static final int MESSAGES_EACH_MOVE = ServersOnRedis.LARGE ? 2_000 : 200;

  @TempDir Path folder;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private RedisCluster cluster;
  private ServersOnRedis servers;
  private SessionCrowd crowd;

  @BeforeEach
  void begin() {
    cluster = RedisCluster.start();
    opened.add(cluster);
    servers = ServersOnRedis.at(cluster.uri(), folder);
    opened.add(servers);
    crowd = new SessionCrowd(servers);
    opened.add(crowd);
  }

  @AfterEach
  void end() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  @Test
  void whileTheSlotOfARoomMovesUnderLoadNothingIsLostDoubledOrOutOfOrder() throws Exception {
    ServerProcess one = start();
    ServerProcess two = start();
    crowd.join(one, SESSIONS);
    crowd.join(two, SESSIONS);
    Client witness = join(two);
    List<Client> leavers = Stream.generate(() -> join(one)).limit(LEAVERS).toList();
    int slot = cluster.slotOf("sandbox:{*}:echo/hall:m");
    List<RedisProcess> owners = new ArrayList<>(cluster.masters());
    while (owners.get(0) != cluster.masterOf(slot)) {
      Collections.rotate(owners, 1);
    }

    for (int move = 0; move < MOVES; move++) {
      crowd.say(MESSAGES_EACH_MOVE);
      crowd.awaitHeard(crowd.said() - MESSAGES_EACH_MOVE / 2); // the others are on their way
      leavers.get(move).vanish();
      cluster.move(slot, owners.get(0), owners.get(1));
      Collections.rotate(owners, -1);
    }

    crowd.awaitHeard(crowd.said());
    List<String> sequence = crowd.assertThatNothingIsLostDoubledOrOutOfOrder();
    List<String> leaves = leavers.stream().map(client -> "-" + client.id()).sorted().toList();
    patiently().until(() -> SessionCrowd.leaves(witness).size() >= leaves.size());
    patiently().until(() -> SessionCrowd.heard(witness).size() >= sequence.size());
    assertThat(SessionCrowd.leaves(witness).stream().sorted()).isEqualTo(leaves);
    assertThat(SessionCrowd.heard(witness)).isEqualTo(sequence);
    assertThat(witness.isClosed()).isFalse();
  }

  private ServerProcess start() throws Exception {
    return servers.start(
        Map.of("SANDBOX_KV_REDIS_LOGENTRIES", "16384", "SANDBOX_ROOMS_GRACE", "12s"));
  }

  private Client join(ServerProcess server) {
    Client client = server.connect(servers.http(), "echo", "hall");
    opened.add(client);
    client.learnId(client.next().text());
    return client;
  }
}
