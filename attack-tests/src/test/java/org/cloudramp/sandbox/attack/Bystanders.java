package org.cloudramp.sandbox.attack;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * People in a room of somebody else on the attacked server, in a process of their own: one who says
 * something twenty times a second, and newcomers, one a second.
 *
 * <p>How long the machine itself has let them wait does not count: a thread of that process does
 * nothing but sleep for a millisecond at a time, and the time that it overslept is taken off
 * whatever was waited for meanwhile. See also {@link Machine}.
 */
final class Bystanders implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Of 400 round trips in the long form, as many as decide on the 99th percentile, and some. */
  private static final int SLOWEST = 6;

  /** From when to when, in nanoseconds of the monotonic clock. */
  record Span(long from, long to) {
    long length() {
      return to - from;
    }

    private long overlap(Span other) {
      return Math.max(0, Math.min(to, other.to) - Math.max(from, other.from));
    }
  }

  /**
   * What they have noticed.
   *
   * @param roundTrips in nanoseconds, sorted, without what the machine itself has stalled
   * @param raw the same with that
   * @param joins how long each newcomer waited for an answer, likewise without stalls
   * @param refused the newcomers who got no answer, and what they saw
   * @param stalled how long the machine has stalled in all
   * @param slowest the slowest round trips, with when each began, for whoever looks for the cause
   */
  record Notes(
      List<Long> roundTrips,
      List<Long> raw,
      List<Long> joins,
      List<String> refused,
      long stalled,
      String slowest) {
    static double at(List<Long> sorted, double quantile) {
      if (sorted.isEmpty()) {
        return Double.NaN;
      }
      int index = (int) Math.ceil(quantile * sorted.size()) - 1;
      return sorted.get(Math.max(0, index)) / 1e6;
    }

    double p99() {
      return at(roundTrips, 0.99);
    }

    double slowestJoin() {
      return at(joins, 1);
    }

    @Override
    public String toString() {
      return "round trips n=%d p50 %.1f p99 %.1f (with stalls %.1f) max %.1f ms; joins n=%d slowest %.0f ms, refused %s; machine stalled %d ms; slowest %s"
          .formatted(
              roundTrips.size(),
              at(roundTrips, 0.5),
              p99(),
              at(raw, 0.99),
              at(roundTrips, 1),
              joins.size(),
              slowestJoin(),
              refused.isEmpty() ? "none" : refused,
              stalled / 1_000_000,
              slowest);
    }
  }

  private final Process process;

  // Guarded by this.
  private final List<Span> heard = new ArrayList<>();
  private final List<Span> joined = new ArrayList<>();
  private final List<Span> refused = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();
  private final List<Span> stalls = new ArrayList<>();
  private final List<String> trouble = new ArrayList<>();
  private boolean ready;
  private long said = Long.MAX_VALUE;

  private Bystanders(Process process) {
    this.process = process;
  }

  /** Lets them into a room of the service, which runs the example room {@code chat}. */
  static Bystanders enter(int port, String service, String room) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                BystandersProcess.class.getName(),
                Integer.toString(port),
                service,
                room)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Bystanders bystanders = new Bystanders(process);
    Thread reader = new Thread(bystanders::read, "bystanders");
    reader.setDaemon(true);
    reader.start();
    Awaitility.await("the bystanders are in").atMost(PATIENCE).until(bystanders::isReady);
    return bystanders;
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      lines.lines().forEach(this::note);
    } catch (IOException | java.io.UncheckedIOException e) {
      note("trouble the bystanders are gone");
    }
  }

  private synchronized void note(String line) {
    String[] words = line.split(" ", 4);
    switch (words[0]) {
      case "ready" -> ready = true;
      case "heard" -> heard.add(span(words));
      case "joined" -> joined.add(span(words));
      case "refused" -> {
        refused.add(span(words));
        refusals.add(words[3]);
      }
      case "stall" -> stalls.add(span(words));
      case "said" -> said = Long.parseLong(words[1]);
      default -> trouble.add(line);
    }
  }

  private static Span span(String[] words) {
    return new Span(Long.parseLong(words[1]), Long.parseLong(words[2]));
  }

  private synchronized boolean isReady() {
    return ready;
  }

  /** How many messages have come back. */
  synchronized int heard() {
    return heard.size();
  }

  /** What went wrong that must not: something was lost, or somebody thrown out. */
  synchronized List<String> trouble() {
    return List.copyOf(trouble);
  }

  /** What was noticed of what began within a time. */
  synchronized Notes notes(long from, long to) {
    List<Long> waits = new ArrayList<>();
    List<Long> raw = new ArrayList<>();
    within(heard, from, to)
        .forEach(
            wait -> {
              raw.add(wait.length());
              waits.add(withoutStalls(wait));
            });
    List<String> refusedThen = new ArrayList<>();
    for (int i = 0; i < refused.size(); i++) {
      if (refused.get(i).from() >= from && refused.get(i).from() < to) {
        refusedThen.add(refusals.get(i));
      }
    }
    return new Notes(
        waits.stream().sorted().toList(),
        raw.stream().sorted().toList(),
        within(joined, from, to).map(this::withoutStalls).sorted().toList(),
        refusedThen,
        stalls.stream().mapToLong(stall -> stall.overlap(new Span(from, to))).sum(),
        within(heard, from, to)
            .sorted(Comparator.comparingLong(this::withoutStalls).reversed())
            .limit(SLOWEST)
            .map(
                wait ->
                    "%.0f ms at %.1f s"
                        .formatted(withoutStalls(wait) / 1e6, (wait.from() - from) / 1e9))
            .collect(Collectors.joining(", ")));
  }

  private static Stream<Span> within(List<Span> spans, long from, long to) {
    return spans.stream().filter(span -> span.from() >= from && span.from() < to);
  }

  private long withoutStalls(Span wait) {
    return Math.max(0, wait.length() - stalls.stream().mapToLong(wait::overlap).sum());
  }

  /**
   * Lets them say nothing more, and waits for what is still to come.
   *
   * @return how many messages were lost; empty if none was
   */
  Optional<String> finish() throws IOException, InterruptedException {
    process.getOutputStream().close();
    try {
      Awaitility.await().atMost(Duration.ofSeconds(12)).until(this::hasHeardAll);
      return Optional.empty();
    } catch (org.awaitility.core.ConditionTimeoutException e) {
      synchronized (this) {
        return Optional.of("heard %d of %d messages".formatted(heard.size(), said));
      }
    } finally {
      process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  private synchronized boolean hasHeardAll() {
    return heard.size() == said;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
