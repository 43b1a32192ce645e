package org.cloudramp.sandbox.attack;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One attack on a server, and what is seen of it: the server before it, the bystanders meanwhile,
 * the server when the attackers have gone. {@link SurvivalTest} says what must hold.
 */
final class Trial {
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

  private final Attack attack;
  private final Duration siegeTime;
  private final boolean judgesP99;
  private final List<String> lines = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private double available = 1;
  private Duration length = Duration.ZERO;
  private Map<String, Double> waits = Map.of();
  private long logBefore;

  /**
   * @param siegeTime how long an attack goes on that does not end by itself
   * @param judgesP99 whether there are enough round trips in that time for a 99th percentile
   */
  Trial(Attack attack, Duration siegeTime, boolean judgesP99) {
    this.attack = attack;
    this.siegeTime = siegeTime;
    this.judgesP99 = judgesP99;
  }

  /** What must not be. */
  List<String> failures() {
    return failures;
  }

  /** Attacks, and looks whether the server is what it was afterwards. */
  void run(ServerUnderAttack server, Bystanders bystanders) throws Exception {
    Vitals base = server.vitals();
    logBefore = base.log();
    lines.add("before: " + base);
    Machine machine = Machine.watch(server.pid());
    long begin = System.nanoTime();
    long end;
    try (Siege siege = new Siege(server.port(), siegeTime, server::isAlive)) {
      try {
        attack.action().run(siege);
        siege.hold();
      } catch (Exception | AssertionError e) {
        broken(e);
      }
      end = System.nanoTime();
      siege(siege, Duration.ofNanos(end - begin));
    }
    available = 1 - machine.shareOfOthers();
    lines.add("of the processors, %.0f %% were there for the server".formatted(available * 100));
    if (!server.isAlive()) {
      dead(server);
      return;
    }
    recovery(base, awaitRecovery(base, server));
    bystanders(bystanders.notes(begin, end));
    if (!server.isAlive()) {
      dead(server);
    }
  }

  private Optional<Vitals> awaitRecovery(Vitals base, ServerUnderAttack server)
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
        if (quiet && differences(base, now).isEmpty()) {
          return last;
        }
      } catch (IOException e) {
        return Optional.empty();
      }
    } while (System.nanoTime() < deadline);
    return last;
  }

  private List<String> differences(Vitals base, Vitals now) {
    List<String> differences = new ArrayList<>();
    if (now.heap() > base.heap() + attack.mayKeep()) {
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

  private void siege(Siege siege, Duration took) {
    length = took;
    lines.add("attackers, after %.1f s: %s".formatted(took.toMillis() / 1e3, siege.seen()));
    failures.addAll(siege.complaints());
    waits = siege.waits();
  }

  /** The bystanders have stopped, and have lost something or not. */
  void finished(Bystanders bystanders, Optional<String> lost) {
    lost.ifPresent(failures::add);
    failures.addAll(bystanders.trouble());
  }

  void broken(Throwable e) {
    lines.add("the attack broke off: " + e);
    failures.add("the attack broke off: " + e);
  }

  private void dead(ServerUnderAttack server) throws IOException {
    failures.add("the process has " + server.state());
    lines.add(server.lastWords());
  }

  private void bystanders(Bystanders.Notes notes) {
    lines.add("bystanders: " + notes);
    if (available < MIN_SHARE) {
      lines.add("others had so much of the machine that times say nothing");
    }
    double slower = available < MIN_SHARE ? Double.POSITIVE_INFINITY : 1 / available;
    double most = attack.wears().p99().toMillis() * slower;
    if (judgesP99 && !(notes.p99() < most)) {
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
  }

  private void recovery(Vitals base, Optional<Vitals> after) {
    if (after.isEmpty()) {
      failures.add("the server does not say how it is any more");
      return;
    }
    lines.add("after: " + after.get());
    failures.addAll(differences(base, after.get()));
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

  @Override
  public String toString() {
    return attack.toString();
  }

  void print() {
    System.out.printf(
        Locale.ROOT, "%n%s: %s%n", attack, failures.isEmpty() ? "survived" : "NOT survived");
    lines.forEach(line -> System.out.println("  " + line.replace("\n", "\n  ")));
    failures.forEach(failure -> System.out.println("  ! " + failure));
  }
}
