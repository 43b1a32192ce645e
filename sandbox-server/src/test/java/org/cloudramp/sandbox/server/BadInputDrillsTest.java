package org.cloudramp.sandbox.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.ServersOnRedis.patiently;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What strangers can do to a room over two servers, each the command that users run, on one Redis.
 * docs/operations.md has a table of these drills.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class BadInputDrillsTest {
  private static final int SESSIONS = 4;
  private static final int ROUNDS = ServersOnRedis.LARGE ? 100 : 10;
  private static final int RESUMES = 1_000;

  @TempDir Path folder;
  private final List<Client> sockets = new ArrayList<>();
  private ServersOnRedis servers;
  private SessionCrowd crowd;
  private ServerProcess one;
  private ServerProcess two;
  private Client witness;

  @BeforeEach
  void begin() throws Exception {
    servers = new ServersOnRedis(folder);
    crowd = new SessionCrowd(servers);
    one = start();
    two = start();
    crowd.join(one, SESSIONS);
    crowd.join(two, SESSIONS);
    witness = two.connect(servers.http(), "echo", "hall");
    sockets.add(witness);
    witness.learnId(witness.next().text());
  }

  @AfterEach
  void end() {
    sockets.forEach(Client::close);
    if (servers != null) {
      crowd.close();
      servers.close();
    }
  }

  @Test
  void junkOnTheChannelsOfPartitionsIsPassedOverAndALineOfTheLogSaysSo() {
    RedisProcess redis = servers.redis();
    List<String> channels = redis.ask(asked -> asked.pubsubShardChannels());
    assertThat(channels).isNotEmpty();
    crowd.say(20);
    crowd.awaitHeard(20);

    for (int round = 0; round < ROUNDS; round++) {
      crowd.say(20);
      for (String channel : channels) {
        redis.publish(channel, junk(round));
      }
    }

    crowd.awaitHeard(crowd.said());
    List<String> sequence = crowd.assertThatNothingIsLostDoubledOrOutOfOrder();
    patiently().until(() -> SessionCrowd.heard(witness).size() >= sequence.size());
    assertThat(SessionCrowd.heard(witness)).isEqualTo(sequence);
    assertThat(witness.rest()).hasSize(sequence.size());
    assertThat(witness.isClosed()).isFalse();
    for (ServerProcess server : List.of(one, two)) {
      List<String> complaints =
          server.log().stream().filter(line -> line.contains("no entries of a log")).toList();
      assertThat(complaints).isNotEmpty().hasSizeLessThanOrEqualTo(3); // one a minute
    }
  }

  /**
   * What looks like entries, less and less; the room's log is at the offset of the first session.
   */
  private List<byte[]> junk(int seed) {
    SessionClient first = crowd.all().get(0);
    String hall = "1 echo/hall " + first.epoch() + " ";
    String entry = "\0\0\0\u0004evil";
    byte[] noise = new byte[4_096];
    new Random(seed).nextBytes(noise);
    return List.of(
        (hall + ((first.offset() >> 20) + 1_000_000) + " 0 0 1\n" + entry)
            .getBytes(UTF_8), // of the future
        (hall + "1 0 0 1\n" + entry).getBytes(UTF_8), // of the past
        (hall + Long.MAX_VALUE + " 0 0 1\n" + entry).getBytes(UTF_8),
        (hall + ((first.offset() >> 20) + 1_000_000) + " 0 0 3\n" + entry)
            .getBytes(UTF_8), // cut off
        (hall + "1 0 0 999999999\n").getBytes(UTF_8),
        (hall + "1 0 0 1\n\u007f\u007f\u007f\u007fx").getBytes(UTF_8), // of two gigabytes
        ("1 echo/hall another-epoch 1 0 0 1\n" + entry).getBytes(UTF_8),
        ("1 echo/attic " + first.epoch() + " 1 0 0 1\n" + entry).getBytes(UTF_8),
        ("1 no-such/room e 1 0 0 1\n" + entry).getBytes(UTF_8),
        ("1 ../.. e 1 0 0 1\n" + entry).getBytes(UTF_8),
        ("2 echo/hall of a later version\n" + entry).getBytes(UTF_8),
        "hello".getBytes(UTF_8),
        new byte[0],
        noise);
  }

  @Test
  void aThousandForgedResumesOfOneSessionAreRefusedAndItGoesOn() {
    SessionClient ann = crowd.all().get(0);
    byte[] forged = ann.resumeFrame(new byte[32], new byte[32]);
    List<Client> flood = new ArrayList<>();
    for (int i = 0; i < RESUMES; i++) {
      flood.add(servers.offer(i % 2 == 0 ? one : two, "echo", "hall"));
    }
    sockets.addAll(flood);

    for (int i = 0; i < RESUMES; i++) {
      flood.get(i).say(forged);
      if (i % 100 == 0) {
        crowd.say(10);
      }
    }

    patiently().until(() -> flood.stream().allMatch(Client::isClosed));
    // Of those who ask with one secret, twenty are looked at a time; 4008 is for the rest.
    assertThat(flood)
        .extracting(each -> each.closed().code())
        .isSubsetOf(4010, 4008)
        .contains(4010);
    assertThat(flood).allMatch(each -> each.rest().isEmpty());
    crowd.awaitHeard(crowd.said());
    crowd.assertThatNothingIsLostDoubledOrOutOfOrder();
    assertThat(ann.resumes()).as("its socket has held").isZero();
    // Those who only say that it is theirs have used up nothing of what it may.
    crowd.move(ann, two);
    assertThat(ann.resumes()).isEqualTo(1);
  }

  private ServerProcess start() throws Exception {
    return servers.start(Map.of("SANDBOX_KV_REDIS_LOGENTRIES", "8192"));
  }
}
