package org.cloudramp.sandbox.testkit.servers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A process and what it says. Whoever waits for a line of a process that ends first learns that at
 * once, with the last lines that it said.
 */
public final class WatchedProcess implements AutoCloseable {
  private static final int MAX_LINES_OF_A_COMPLAINT = 100;

  private final Process process;
  private final List<String> output = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();
  private final Deque<String> said = new ArrayDeque<>();
  private int openStreams = 2;

  private WatchedProcess(Process process) {
    this.process = process;
    read(process.inputReader(StandardCharsets.UTF_8), true);
    read(process.errorReader(StandardCharsets.UTF_8), false);
  }

  public static WatchedProcess start(ProcessBuilder builder) throws IOException {
    return new WatchedProcess(builder.start());
  }

  public Process process() {
    return process;
  }

  /** Everything that it has printed to its standard output until now. */
  public synchronized List<String> output() {
    return List.copyOf(output);
  }

  /** Everything that it has printed to its standard error output until now. */
  public synchronized List<String> errors() {
    return List.copyOf(errors);
  }

  /**
   * Waits until it ends.
   *
   * @return everything that it has printed to its standard error output
   * @throws AssertionError if it does not
   */
  public synchronized String awaitEnd(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (openStreams > 0) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError(complaint("did not end in " + atMost));
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    process.waitFor();
    return String.join("\n", errors);
  }

  /**
   * Waits for a line of its standard output, or finds the one that is there already.
   *
   * @throws AssertionError if the process ends without such a line, or too much time passes
   */
  public synchronized String await(Predicate<String> wanted, Duration atMost)
      throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    for (int seen = 0; ; ) {
      for (; seen < output.size(); seen++) {
        if (wanted.test(output.get(seen))) {
          return output.get(seen);
        }
      }
      long left = deadline - System.nanoTime();
      if (openStreams == 0) {
        throw new AssertionError(complaint("ended"));
      }
      if (left <= 0) {
        throw new AssertionError(complaint("did not say what was expected in " + atMost));
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /**
   * Fails if it has ended otherwise than well.
   *
   * @throws AssertionError with the last lines that it said
   */
  public synchronized void requireWell() {
    if (openStreams == 0 && !process.isAlive() && process.exitValue() != 0) {
      throw new AssertionError(complaint("ended"));
    }
  }

  private String complaint(String what) {
    return "process %d %s%s; the last that it said:%n%s"
        .formatted(
            process.pid(),
            what,
            process.isAlive() ? "" : " with status " + process.exitValue(),
            String.join(System.lineSeparator(), said));
  }

  private void read(BufferedReader stream, boolean isOutput) {
    Thread reader =
        new Thread(
            () -> {
              try (stream) {
                stream.lines().forEach(line -> add(line, isOutput));
              } catch (IOException | UncheckedIOException e) {
                add("(the rest is lost: " + e.getMessage() + ")", false);
              } finally {
                ended();
              }
            },
            "reader of process " + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  private synchronized void add(String line, boolean isOutput) {
    if (isOutput) {
      output.add(line);
    } else {
      errors.add(line);
      System.err.println(line); // for whoever reads what a test has printed
    }
    said.addLast(line);
    if (said.size() > MAX_LINES_OF_A_COMPLAINT) {
      said.removeFirst();
    }
    notifyAll();
  }

  private synchronized void ended() {
    openStreams--;
    notifyAll();
  }

  /** Ends it, whatever it is doing. */
  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
