package org.cloudramp.sandbox.attack;

import com.sun.management.UnixOperatingSystemMXBean;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.awaitility.Awaitility;

/**
 * The packed server, as an operator starts it: a process with a heap of 512 MB at a free port of
 * the loopback address, with a folder of modules, keys in memory, and its log in a file.
 */
final class ServerUnderAttack implements AutoCloseable {
  /** What {@code sandbox.server.shutdown} is set to. */
  static final Duration SHUTDOWN = Duration.ofSeconds(5);

  /** The process halts when it has not ended this long after that. */
  static final Duration GRACE = Duration.ofSeconds(5);

  /** Of this build, unless {@code -Dattacks.server} names another, such as that of a release. */
  private static final Path JAR =
      Path.of(System.getProperty("attacks.server", "../sandbox-server/target/sandbox-server.jar"));

  private static final Pattern READY =
      Pattern.compile("WASM-Sandbox is ready: http://[^:]+:(\\d+)/");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What the launchers and docs/security.md start a server with. */
  private static final List<String> FLAGS =
      List.of(
          "-Xmx512m",
          "-XX:+ExitOnOutOfMemoryError",
          "-XX:MaxMetaspaceSize=512m",
          "-XX:ReservedCodeCacheSize=256m");

  private final Process process;
  private final Path log;
  private final int port;
  private final JMXConnector management;

  private ServerUnderAttack(Process process, Path log, int port, JMXConnector management) {
    this.process = process;
    this.log = log;
    this.port = port;
    this.management = management;
  }

  /**
   * Starts one and waits until it listens.
   *
   * @param folder an empty folder that it gets for itself
   * @param settings besides those of every test, named without {@code sandbox.}
   */
  static ServerUnderAttack start(Path folder, Map<String, String> settings) throws Exception {
    if (!Files.exists(JAR)) {
      throw new IllegalStateException(
          JAR.toAbsolutePath().normalize() + " is missing; run Maven's phase 'verify', not 'test'");
    }
    Map<String, String> all = new TreeMap<>();
    all.put("store.filesystem.folder", folder.resolve("modules").toString());
    all.put("server.shutdown", SHUTDOWN.toSeconds() + "s");
    all.putAll(settings);
    List<String> lines = new ArrayList<>();
    all.forEach((name, value) -> lines.add("sandbox." + name + " = " + value));
    Path config = Files.write(folder.resolve("sandbox.properties"), lines);

    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.addAll(List.of("-jar", JAR.toAbsolutePath().toString()));
    command.addAll(List.of("--config", config.toString(), "--port", "0"));
    Path log = folder.resolve("server.log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    // Settings of whoever runs the tests are not those of this server.
    builder.environment().keySet().removeIf(name -> name.startsWith("SANDBOX_"));
    builder.environment().put("SANDBOX_SERVER_TOKENS", Credentials.entries());
    Process process = builder.start();
    try {
      int port = awaitPort(process, log);
      return new ServerUnderAttack(process, log, port, manage(process.pid()));
    } catch (Exception | AssertionError e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private static int awaitPort(Process process, Path log) {
    return Objects.requireNonNull(
        Awaitility.await("the server listens")
            .atMost(PATIENCE)
            .until(
                () -> {
                  if (!process.isAlive()) {
                    throw new AssertionError("the server did not start: " + Files.readString(log));
                  }
                  Matcher ready = READY.matcher(Files.readString(log));
                  return ready.find() ? Integer.valueOf(ready.group(1)) : null;
                },
                Objects::nonNull));
  }

  @SuppressWarnings("BanJNDI") // the address is of a process that this one has started
  private static JMXConnector manage(long pid) throws Exception {
    VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
    try {
      return JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
    } finally {
      machine.detach();
    }
  }

  int port() {
    return port;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** How the process is, in words for a failed assertion. */
  String state() {
    return process.isAlive() ? "alive" : "ended with status " + process.exitValue();
  }

  /** What the server holds right now, after a garbage collection. */
  Vitals vitals() throws IOException, InterruptedException {
    CompletableFuture<Vitals> answer =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return read();
              } catch (IOException e) {
                throw new IllegalStateException("the server does not say how it is", e);
              }
            });
    try {
      return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the server does not say how it is (" + state() + ")", e);
    }
  }

  private Vitals read() throws IOException {
    MBeanServerConnection beans = management.getMBeanServerConnection();
    MemoryMXBean memory =
        ManagementFactory.newPlatformMXBeanProxy(
            beans, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
    ThreadMXBean threads =
        ManagementFactory.newPlatformMXBeanProxy(
            beans, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
    UnixOperatingSystemMXBean system =
        ManagementFactory.newPlatformMXBeanProxy(
            beans, ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME, UnixOperatingSystemMXBean.class);
    memory.gc();
    Map<String, Integer> names = new TreeMap<>();
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      // Those of the connection that asks are none of the server's.
      if (thread != null && !thread.getThreadName().matches("(RMI|JMX|Attach|process reaper).*")) {
        names.merge(thread.getThreadName().replaceAll("[0-9a-f]{6,}|\\d+", "#"), 1, Integer::sum);
      }
    }
    return new Vitals(
        memory.getHeapMemoryUsage().getUsed(),
        names,
        system.getOpenFileDescriptorCount(),
        logBytes());
  }

  long logBytes() throws IOException {
    return Files.size(log);
  }

  /** The last lines of the log. */
  String lastWords() throws IOException {
    try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
      List<String> last = new ArrayList<>();
      lines.forEach(
          line -> {
            last.add(line.length() > 200 ? line.substring(0, 200) + "…" : line);
            if (last.size() > 12) {
              last.remove(0);
            }
          });
      return String.join("\n", last);
    }
  }

  /**
   * Ends it as an operator does, with SIGTERM.
   *
   * @return how long it took; empty if it has not ended within {@code patience}
   */
  Optional<Duration> stop(Duration patience) throws InterruptedException {
    hangUp();
    long start = System.nanoTime();
    process.destroy();
    return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)
        ? Optional.of(Duration.ofNanos(System.nanoTime() - start))
        : Optional.empty();
  }

  /** Before the other end is gone, which the connection would complain of. */
  private void hangUp() {
    try {
      management.close();
    } catch (IOException e) {
      // The other end is gone already.
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
