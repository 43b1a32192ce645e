package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.ServersOnRedis.patiently;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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
  private static final int LOST = 5;
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
    assertThat(isReplicaMaster()).isTrue();
  }

  /**
   * What was said after the replica had heard the last is lost. One server has told it to sessions,
   * and dies with the master; one has, and goes on; and one has heard nothing of it, and has others
   * say more than was lost before anybody comes back.
   */
  @Test
  void whenAReplicaTakesOverThatLagsWhoeverHasHeardWhatIsLostBeginsAnewAndNobodyElse()
      throws Exception {
    ServerProcess dies = start();
    ServerProcess stays = start();
    ServerProcess knowsNothing = start();
    List<SessionClient> attic = sessions(dies, "attic");
    List<SessionClient> hall = sessions(stays, "hall");
    SessionClient wasAway = attic.remove(0);
    say(attic, "kept");
    say(hall, "kept");
    wasAway.await("kept");
    wasAway.socket().vanish();
    String id = wasAway.id();
    master.awaitReplicas(1);

    replica.followNobody();
    for (int i = 0; i < LOST; i++) {
      say(attic, "lost " + i);
      say(hall, "lost " + i);
    }
    master.kill();
    dies.kill();
    patiently().ignoreExceptions().until(this::isReplicaMaster); // it cuts all when it takes over
    for (String room : List.of("attic", "hall")) {
      Client speaker = joinAgain(knowsNothing, room);
      for (int i = 0; i <= LOST; i++) { // with the join one more than was lost
        speaker.say("new " + i);
      }
      patiently().until(() -> SessionCrowd.texts(speaker).contains("new " + LOST));
    }

    for (SessionClient session : attic) {
      comeBack(session, knowsNothing, "attic");
      assertThat(session.beginning()).as("it is told that it begins anew").isEqualTo(2);
    }
    comeBack(wasAway, knowsNothing, "attic");
    assertThat(wasAway.beginning()).as("it has heard nothing that is lost").isEqualTo(-1);
    assertThat(wasAway.id()).isEqualTo(id);
    for (SessionClient session : hall) {
      patiently().until(() -> session.socket().isClosed());
      assertThat(session.socket().closed().code()).isEqualTo(1012);
      comeBack(session, stays, "hall");
      assertThat(session.beginning()).as("it is told that it begins anew").isEqualTo(2);
    }

    say(attic, "after");
    say(hall, "after");
    wasAway.await("after");
    for (SessionClient session : attic) {
      assertThat(withoutJoins(session)).containsExactly("after");
    }
    for (SessionClient session : hall) {
      assertThat(withoutJoins(session)).containsExactly("after");
    }
    List<String> missed = IntStream.rangeClosed(0, LOST).mapToObj(i -> "new " + i).toList();
    assertThat(withoutJoins(wasAway)).startsWith("kept").endsWith("after").doesNotHaveDuplicates();
    assertThat(withoutJoins(wasAway)).containsSubsequence(missed);
    assertThat(withoutJoins(wasAway)).noneMatch(text -> text.startsWith("lost"));
  }

  private List<SessionClient> sessions(ServerProcess server, String room) {
    List<SessionClient> joined = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      SessionClient client = SessionClient.join(servers.offer(server, "echo", room));
      opened.add(client);
      client.await("+" + client.id());
      joined.add(client);
    }
    return joined;
  }

  /** The first says it, and all have heard it. */
  private static void say(List<SessionClient> sessions, String text) {
    sessions.get(0).say(text);
    sessions.forEach(each -> each.await(text));
  }

  /** Until a server lets it in, which may begin with one that has not found the new master yet. */
  private void comeBack(SessionClient session, ServerProcess server, String room) {
    patiently().until(() -> session.tryResume(servers.offer(server, "echo", room)));
  }

  private Client joinAgain(ServerProcess server, String room) {
    return patiently().until(() -> join(server, room), client -> !client.isClosed());
  }

  /** When it has heard something, or is closed. */
  private Client join(ServerProcess server, String room) {
    Client client = server.connect(servers.http(), "echo", room);
    opened.add(client);
    patiently().until(() -> client.isClosed() || !client.rest().isEmpty());
    return client;
  }

  private static List<String> withoutJoins(SessionClient session) {
    return session.heard().stream().filter(text -> text.matches("[a-z].*")).toList();
  }

  private boolean isReplicaMaster() {
    return String.valueOf(replica.<Object>ask(redis -> redis.role().get(0))).equals("master");
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
