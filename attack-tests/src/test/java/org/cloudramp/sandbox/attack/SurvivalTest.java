package org.cloudramp.sandbox.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
  private static final Duration ANSWER = Duration.ofSeconds(1);
  private static final Duration RECOVERY = Duration.ofSeconds(10);

  /** Of the machine's processors. */
  private static final double MIN_SHARE = 0.25;

  /** Threads of pools and of the JVM come and go by a few; an attack makes hundreds. */
  private static final int FEW_THREADS = 12;

  private static final int FEW_DESCRIPTORS = 16;

  /** What a server may write in a second of an attack, and in a second of quiet after it. */
  private static final long LOG_A_SECOND = 1 << 20;

  private static final long QUIET_LOG_A_SECOND = 4 << 10;

  @ParameterizedTest(name = "{0}")
  @MethodSource("attacks")
  void isSurvived(Attack attack, @TempDir(cleanup = CleanupMode.ALWAYS) Path folder)
      throws Exception {
    assumeTrue(ALL || attack.inShortForm(), "runs with -Dattacks=all and -Dattacks=long");
    assumeTrue(OPEN || attack.isSurvived(), "not survived yet; runs with -Dattacks.open=true");
    assumeTrue(ONLY.isEmpty() || attack.id().matches(ONLY), "not asked for");

    Report report = new Report(attack);
    try (RedisProcess redis = REDIS ? RedisProcess.start() : null;
        ServerUnderAttack server = ServerUnderAttack.start(folder, settings(attack, redis))) {
      warmUp(server.port());
      try (Bystanders bystanders = Bystanders.enter(server.port(), "chat", "lobby")) {
        besiege(attack, server, bystanders, report);
      }
      report.stopped(server);
    } catch (Exception | Error e) {
      report.broken(e);
      throw e;
    } finally {
      report.print();
    }
    assertThat(report.failures()).as(attack.toString()).isEmpty();
  }

  private static Map<String, String> settings(Attack attack, @Nullable RedisProcess redis) {
    Map<String, String> settings = new TreeMap<>();
    if (redis != null) {
      settings.put("kv", "redis");
      settings.put("kv.redis.uri", redis.uri());
    }
    Stream.of(SETTINGS.split(";", -1))
        .filter(line -> !line.isBlank())
        .map(line -> line.split("=", 2))
        .forEach(line -> settings.put(line[0].strip(), line[1].strip()));
    settings.putAll(attack.settings());
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

  private static void besiege(
      Attack attack, ServerUnderAttack server, Bystanders bystanders, Report report)
      throws Exception {
    Vitals base = server.vitals();
    report.base(base);
    Machine machine = Machine.watch(server.pid());
    long begin = System.nanoTime();
    long end;
    try (Siege siege = new Siege(server.port(), SIEGE, server::isAlive)) {
      try {
        attack.action().run(siege);
        siege.hold();
      } catch (Exception | AssertionError e) {
        report.broken(e);
      }
      end = System.nanoTime();
      report.siege(siege, Duration.ofNanos(end - begin));
    }
    double available = 1 - machine.shareOfOthers();
    report.available(available);
    if (!server.isAlive()) {
      report.dead(server);
      return;
    }
    report.recovery(base, awaitRecovery(attack, base, server, available), attack.mayKeep());
    Optional<String> lost = bystanders.finish();
    report.bystanders(bystanders, begin, end, lost);
    if (!server.isAlive()) {
      report.dead(server);
    }
  }

  private static Optional<Vitals> awaitRecovery(
      Attack attack, Vitals base, ServerUnderAttack server, double available)
      throws InterruptedException {
    long deadline =
        System.nanoTime() + (long) (RECOVERY.toNanos() / Math.max(MIN_SHARE, available));
    Optional<Vitals> last = Optional.empty();
    do {
      Thread.sleep(1_000);
      try {
        Vitals now = server.vitals();
        boolean quiet = last.isPresent() && now.log() - last.get().log() <= QUIET_LOG_A_SECOND * 2;
        last = Optional.of(now);
        if (quiet && differences(base, now, attack.mayKeep()).isEmpty()) {
          return last;
        }
      } catch (IOException e) {
        return Optional.empty();
      }
    } while (System.nanoTime() < deadline);
    return last;
  }

  private static List<String> differences(Vitals base, Vitals now, long mayKeep) {
    List<String> differences = new ArrayList<>();
    if (now.heap() > base.heap() + mayKeep) {
      differences.add(
          "heap: %d MiB before, %d MiB after".formatted(base.heap() >> 20, now.heap() >> 20));
    }
    if (now.threadCount() > base.threadCount() + FEW_THREADS) {
      differences.add("threads more than before: " + now.threadsMoreThan(base));
    }
    if (now.descriptors() > base.descriptors() + FEW_DESCRIPTORS) {
      differences.add(
          "descriptors: %d before, %d after".formatted(base.descriptors(), now.descriptors()));
    }
    return differences;
  }

  /** What was seen in one attack, and what of it must not be. */
  private static final class Report {
    private final Attack attack;
    private final List<String> lines = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private double available = 1;
    private Duration length = Duration.ZERO;
    private Map<String, Double> waits = Map.of();
    private long logBefore;

    Report(Attack attack) {
      this.attack = attack;
    }

    List<String> failures() {
      return failures;
    }

    void base(Vitals base) {
      logBefore = base.log();
      lines.add("before: " + base);
    }

    void siege(Siege siege, Duration took) {
      length = took;
      lines.add("attackers, after %.1f s: %s".formatted(took.toMillis() / 1e3, siege.seen()));
      failures.addAll(siege.complaints());
      waits = siege.waits();
    }

    void broken(Throwable e) {
      lines.add("the attack broke off: " + e);
      failures.add("the attack broke off: " + e);
    }

    void available(double share) {
      available = share;
      lines.add("of the processors, %.0f %% were there for the server".formatted(share * 100));
    }

    void dead(ServerUnderAttack server) throws IOException {
      failures.add("the process has " + server.state());
      lines.add(server.lastWords());
    }

    void bystanders(Bystanders bystanders, long begin, long end, Optional<String> lost) {
      Bystanders.Notes notes = bystanders.notes(begin, end);
      lines.add("bystanders: " + notes);
      if (available < MIN_SHARE) {
        lines.add("others had so much of the machine that times say nothing");
      }
      double slower = available < MIN_SHARE ? Double.POSITIVE_INFINITY : 1 / available;
      double most = attack.wears().p99().toMillis() * slower;
      if (LONG && !(notes.p99() < most)) {
        failures.add("p99 of the bystanders is %.1f ms, over %.0f ms".formatted(notes.p99(), most));
      }
      waits.forEach(
          (who, wait) -> {
            lines.add("%s waited %.0f ms at most".formatted(who, wait));
            if (wait > ANSWER.toMillis() * slower) {
              failures.add("%s waited %.0f ms".formatted(who, wait));
            }
          });
      if (!notes.refused().isEmpty()) {
        failures.add("newcomers got no answer: " + notes.refused());
      }
      if (!(notes.slowestJoin() < ANSWER.toMillis() * slower)) {
        failures.add("a newcomer waited %.0f ms".formatted(notes.slowestJoin()));
      }
      lost.ifPresent(failures::add);
      failures.addAll(bystanders.trouble());
    }

    void recovery(Vitals base, Optional<Vitals> after, long mayKeep) {
      if (after.isEmpty()) {
        failures.add("the server does not say how it is any more");
        return;
      }
      lines.add("after: " + after.get());
      failures.addAll(differences(base, after.get(), mayKeep));
      long grown = after.get().log() - logBefore;
      long allowed = LOG_A_SECOND * (length.toSeconds() + 1);
      if (grown > allowed) {
        failures.add("the log has grown by %d KiB, over %d".formatted(grown >> 10, allowed >> 10));
      }
    }

    void stopped(ServerUnderAttack server) throws InterruptedException, IOException {
      if (!server.isAlive()) {
        return;
      }
      Duration patience = ServerUnderAttack.SHUTDOWN.plus(ServerUnderAttack.GRACE);
      Optional<Duration> took =
          server.stop(
              Duration.ofMillis((long) (patience.toMillis() / Math.max(MIN_SHARE, available))));
      lines.add("SIGTERM: " + took.map(time -> time.toMillis() + " ms").orElse("ignored"));
      if (took.isEmpty()) {
        failures.add("SIGTERM has not ended the process");
      }
      if (!failures.isEmpty()) {
        lines.add("the last of its log:\n" + server.lastWords());
      }
    }

    void print() {
      System.out.printf(
          Locale.ROOT, "%n%s: %s%n", attack, failures.isEmpty() ? "survived" : "NOT survived");
      lines.forEach(line -> System.out.println("  " + line.replace("\n", "\n  ")));
      failures.forEach(failure -> System.out.println("  ! " + failure));
    }
  }
}
