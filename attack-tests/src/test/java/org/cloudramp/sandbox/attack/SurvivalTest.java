package org.cloudramp.sandbox.attack;

import static org.assertj.core.api.SoftAssertions.assertSoftly;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What must hold in every attack:
 *
 * <ol>
 *   <li>the process lives;
 *   <li>each newcomer to somebody else's room is answered within a second, during the attack;
 *   <li>the people there hear what they say: 99 of 100 times within 50 ms while memory is attacked,
 *       within 100 ms while time is;
 *   <li>they lose nothing, and nobody throws them out;
 *   <li>ten seconds later heap, threads and descriptors are what they were, and the log is quiet;
 *   <li>SIGTERM ends the process in time.
 * </ol>
 *
 * What the machine is to blame for does not count: see {@link Bystanders} for the moments in which
 * it stood still, and {@link Machine} for the processors that others had. All times are those of a
 * server that has the whole machine; one that has half of it may take twice as long. With less than
 * a quarter of it times say nothing, and are printed and not judged. Only the long form has enough
 * round trips to judge their 99th percentile; of the hundred of a short one it is the second
 * slowest, and is printed.
 *
 * <p>A test class has a static method {@code attacks}. {@code -Dattacks=all} runs all of them,
 * {@code -Dattacks=long} all and for longer, {@code -Dattacks.open=true} also those that are not
 * survived yet, {@code -Dattacks.only=7.} those whose id matches. {@code -Dattacks.kv=redis} keeps
 * keys in a Redis that the test starts, and {@code -Dattacks.settings=rooms.shared=always} sets
 * more of the server, with semicolons between them; what an attack itself sets comes first.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SurvivalTest {
  private static final String FORM = System.getProperty("attacks", "short");
  private static final boolean LONG = FORM.equals("long");
  private static final boolean ALL = LONG || FORM.equals("all");
  private static final boolean OPEN = Boolean.getBoolean("attacks.open");
  private static final String ONLY = System.getProperty("attacks.only", "");
  private static final boolean REDIS = System.getProperty("attacks.kv", "memory").equals("redis");
  private static final String SETTINGS = System.getProperty("attacks.settings", "");

  private static final Duration SIEGE = Duration.ofSeconds(LONG ? 20 : 5);

  @ParameterizedTest(name = "{0}")
  @MethodSource("attacks")
  void isSurvived(Attack attack, @TempDir(cleanup = CleanupMode.ALWAYS) Path folder)
      throws Exception {
    assumeTrue(
        ALL || attack.form() == Attack.Form.ALONE, "runs with -Dattacks=all and -Dattacks=long");
    assumeTrue(OPEN || attack.isSurvived(), "not survived yet; runs with -Dattacks.open=true");
    assumeTrue(ONLY.isEmpty() || attack.id().matches(ONLY), "not asked for");

    survive(List.of(new Trial(attack, SIEGE, LONG)), attack.settings(), folder);
  }

  /** Attacks one server, once or again and again, and says what it has not survived. */
  static void survive(List<Trial> trials, Map<String, String> ofAttacks, Path folder)
      throws Exception {
    Trial last = trials.get(trials.size() - 1);
    try (RedisProcess redis = REDIS ? RedisProcess.start() : null;
        ServerUnderAttack server = ServerUnderAttack.start(folder, settings(ofAttacks, redis))) {
      warmUp(server.port());
      try (Bystanders bystanders = Bystanders.enter(server.port(), "chat", "lobby")) {
        for (Trial trial : trials) {
          if (server.isAlive()) {
            trial.run(server, bystanders);
          }
        }
        if (server.isAlive()) {
          last.finished(bystanders, bystanders.finish());
        }
      }
      last.stopped(server);
    } catch (Exception | Error e) {
      last.broken(e);
      throw e;
    } finally {
      trials.forEach(Trial::print);
    }
    assertSoftly(
        softly ->
            trials.forEach(
                trial -> softly.assertThat(trial.failures()).as(trial.toString()).isEmpty()));
  }

  private static Map<String, String> settings(
      Map<String, String> ofAttacks, @Nullable RedisProcess redis) {
    Map<String, String> settings = new TreeMap<>();
    if (redis != null) {
      settings.put("kv", "redis");
      settings.put("kv.redis.uri", redis.uri());
    }
    Stream.of(SETTINGS.split(";", -1))
        .filter(line -> !line.isBlank())
        .map(line -> line.split("=", 2))
        .forEach(line -> settings.put(line[0].strip(), line[1].strip()));
    settings.putAll(ofAttacks);
    return settings;
  }

  /** Has the JVM compile what every room needs, and start the threads that it will have. */
  private static void warmUp(int port) throws Exception {
    try (Siege visitors = new Siege(port, Duration.ofSeconds(60), () -> true)) {
      visitors.prepare("chat", Modules.example("chat"));
      visitors.prepare("visited", Modules.weapon());
      List<Crowd.Member> members = visitors.joinRooms("visited", 32);
      byte[] order = Modules.order('s', 100, 1, 0);
      for (int i = 0; i < 100; i++) {
        members.forEach(member -> member.send(order));
        Thread.sleep(10);
      }
      long each = 100L * 100;
      visitors.await(() -> members.stream().allMatch(member -> member.behindHead() > each));
    }
  }
}
