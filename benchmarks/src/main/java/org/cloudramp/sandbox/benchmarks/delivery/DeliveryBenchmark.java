package org.cloudramp.sandbox.benchmarks.delivery;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much time of a processor the server needs for a message that comes in, in rooms of 2, 10 and
 * 50 members: with hooks on loops and on workers, side by side.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar org.cloudramp.sandbox.benchmarks.delivery.DeliveryBenchmark \
 *     sandbox-server/target/sandbox-server.jar ROOM.wasm [SECONDS [ROUNDS [SETTING=VALUE …]]]
 * </pre>
 *
 * Servers and clients are processes of their own. What is counted is the time of the server's
 * process, in user and in system.
 */
public final class DeliveryBenchmark {
  private static final int CLIENTS = 100;
  private static final int WINDOW = 16;
  private static final int WARM_UP_SECONDS = 8;
  private static final List<Integer> SIZES = List.of(2, 10, 50);
  private static final List<String> MODES = List.of("workers", "loop");
  private static final Pattern READY = Pattern.compile("ready: http://([^/ ]+)/");
  private static final Pattern RESULT =
      Pattern.compile("messages=(\\d+) seconds=([0-9.]+) p50=(\\d+) p99=(\\d+) max=(\\d+)");

  private final Path serverJar;
  private final Path wasm;
  private final int seconds;
  private final List<String> settings;

  private DeliveryBenchmark(Path serverJar, Path wasm, int seconds, List<String> settings) {
    this.serverJar = serverJar;
    this.wasm = wasm;
    this.seconds = seconds;
    this.settings = settings;
  }

  /** Runs it. */
  public static void main(String... arguments) throws IOException, InterruptedException {
    int seconds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10;
    int rounds = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 1;
    DeliveryBenchmark benchmark =
        new DeliveryBenchmark(
            Path.of(arguments[0]),
            Path.of(arguments[1]),
            seconds,
            Arrays.asList(arguments).subList(Math.min(4, arguments.length), arguments.length));
    System.out.println(
        "| delivery | members | µs of CPU per message | messages/s | p50 µs | p99 µs |");
    System.out.println("|---|---|---|---|---|---|");
    for (int round = 0; round < rounds; round++) {
      for (int members : SIZES) {
        for (String mode : MODES) {
          benchmark.measure(mode, members);
        }
      }
    }
  }

  private void measure(String mode, int members) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("delivery");
    Files.copy(wasm, folder.resolve("room.wasm"));
    Process server = server(mode, folder);
    try {
      String address = awaitLine(server, READY).group(1);
      Process clients = clients("ws://" + address + "/rooms/room/r%d", members);
      try {
        awaitLine(clients, Pattern.compile(Pattern.quote(LoadGenerator.MEASURING)));
        Duration before = processorTime(server);
        Matcher result = awaitLine(clients, RESULT);
        Duration used = processorTime(server).minus(before);
        long messages = Long.parseLong(result.group(1));
        System.out.printf(
            Locale.ROOT,
            "| %s | %d | %.1f | %.0f | %s | %s |%n",
            mode,
            members,
            used.toNanos() / 1e3 / messages,
            messages / Double.parseDouble(result.group(2)),
            result.group(3),
            result.group(4));
      } finally {
        end(clients);
      }
    } finally {
      end(server);
      Files.delete(folder.resolve("room.wasm"));
      Files.delete(folder);
    }
  }

  private Process server(String mode, Path folder) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            java(),
            "-Xmx512m",
            "-jar",
            serverJar.toString(),
            "--port",
            "0",
            "--demo",
            folder.toString());
    builder.environment().put("SANDBOX_SERVER_DELIVERY", mode);
    for (String setting : settings) {
      String[] parts = setting.split("=", 2);
      builder
          .environment()
          .put("SANDBOX_" + parts[0].replace('.', '_').toUpperCase(Locale.ROOT), parts[1]);
    }
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private Process clients(String url, int members) throws IOException {
    return new ProcessBuilder(
            java(),
            "-cp",
            System.getProperty("java.class.path"),
            LoadGenerator.class.getName(),
            url,
            Integer.toString(CLIENTS / members),
            Integer.toString(members),
            Integer.toString(WINDOW),
            Integer.toString(WARM_UP_SECONDS),
            Integer.toString(seconds))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static Matcher awaitLine(Process process, Pattern pattern) throws IOException {
    // Not closed, and nothing is read ahead that the next one would miss: lines come seldom.
    BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher found = pattern.matcher(line);
      if (found.find()) {
        return found;
      }
    }
    throw new EOFException("the process has ended without saying " + pattern);
  }

  private static Duration processorTime(Process process) {
    return process.info().totalCpuDuration().orElseThrow();
  }

  private static void end(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
