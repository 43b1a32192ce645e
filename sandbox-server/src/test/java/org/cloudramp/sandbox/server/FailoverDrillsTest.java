package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.ServersOnRedis.patiently;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers, each the command that users run, on a Redis whose master dies and whose replica
 * takes over, as a Sentinel says. docs/operations.md has a table of these drills.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class FailoverDrillsTest {
  private static final int SESSIONS = 10;
  private static final int LEAVERS = 5;
  private static final int MESSAGES = ServersOnRedis.LARGE ? 5_000 : 600;

  @TempDir Path folder;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private RedisProcess master;
  private RedisProcess replica;
  private ServersOnRedis servers;
  private SessionCrowd crowd;

  @BeforeEach
  void begin() {
    master = RedisProcess.start();
    opened.add(master);
    replica = RedisProcess.start("--replicaof", "127.0.0.1", String.valueOf(master.port()));
    opened.add(replica);
    RedisProcess sentinel = RedisProcess.sentinel(master);
    opened.add(sentinel);
    patiently().until(() -> sentinel.ask(redis -> redis.info("sentinel")).contains("slaves=1"));
    servers =
        ServersOnRedis.at("redis-sentinel://127.0.0.1:%d#main".formatted(sentinel.port()), folder);
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
  void whenAReplicaTakesOverThatHasAllThatWasAnsweredNothingIsLostDoubledOrOutOfOrder()
      throws Exception {
    ServerProcess one = start();
    ServerProcess two = start();
    crowd.join(one, SESSIONS);
    crowd.join(two, SESSIONS);
    Client witness = join(two);
    List<Client> leavers = Stream.generate(() -> join(one)).limit(LEAVERS).toList();
    crowd.say(MESSAGES / 2);
    crowd.awaitHeard(MESSAGES / 4); // the others are on their way

    master.holdWrites();
    master.awaitReplicas(1);
    master.kill();
    leavers.forEach(Client::vanish); // nobody can be told, yet
    crowd.say(MESSAGES / 2);

    crowd.awaitHeard(crowd.said());
    List<String> sequence = crowd.assertThatNothingIsLostDoubledOrOutOfOrder();
    List<String> leaves = leavers.stream().map(client -> "-" + client.id()).sorted().toList();
    patiently().until(() -> SessionCrowd.leaves(witness).size() >= leaves.size());
    patiently().until(() -> SessionCrowd.heard(witness).size() >= sequence.size());
    assertThat(SessionCrowd.leaves(witness).stream().sorted()).isEqualTo(leaves);
    assertThat(SessionCrowd.heard(witness)).isEqualTo(sequence);
    assertThat(witness.isClosed()).isFalse();
    String role = String.valueOf(replica.<Object>ask(redis -> redis.role().get(0)));
    assertThat(role).isEqualTo("master");
  }

  private ServerProcess start() throws Exception {
    return servers.start(
        Map.of("SANDBOX_KV_REDIS_LOGENTRIES", "8192", "SANDBOX_ROOMS_GRACE", "12s"));
  }

  private Client join(ServerProcess server) {
    Client client = server.connect(servers.http(), "echo", "hall");
    opened.add(client);
    client.learnId(client.next().text());
    return client;
  }
}
