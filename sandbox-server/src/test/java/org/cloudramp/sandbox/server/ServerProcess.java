package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.testkit.servers.WatchedProcess;

/** The command that users run, as a process of its own. */
final class ServerProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final WatchedProcess process;
  private final URI uri;

  private ServerProcess(WatchedProcess process, URI uri) {
    this.process = process;
    this.uri = uri;
  }

  /**
   * Starts the command in {@code folder}, whatever becomes of it.
   *
   * @param environment besides that of the tests, and a setting that makes {@link TestTokens#ADMIN}
   *     a token; an empty text takes that away
   */
  static WatchedProcess launch(
      Path folder, Path temporary, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(java());
    // Several have to start on few processors, and none lives for long.
    command.addAll(StartArchive.options());
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add(Server.class.getName());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    // Settings of whoever runs the tests are not those of this server.
    builder.environment().keySet().removeIf(name -> name.startsWith("SANDBOX_"));
    builder.environment().put("SANDBOX_SERVER_TOKENS", TestTokens.adminEntry());
    builder
        .environment()
        .put("SANDBOX_SERVER_REHEARSAL", "0s"); // most tests are about something else
    builder.environment().putAll(environment);
    return WatchedProcess.start(builder);
  }

  /** The command that runs Java programs, of the JDK that runs this one. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Starts a server in {@code folder}, at a free port, and waits until it listens. */
  static ServerProcess start(Path folder, Map<String, String> environment, String... arguments)
      throws Exception {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--port", "0"));
    WatchedProcess process = launch(folder, folder, environment, all.toArray(String[]::new));
    try {
      return new ServerProcess(process, awaitReady(process));
    } catch (Exception | AssertionError e) {
      process.close();
      throw e;
    }
  }

  /** Where a server listens; fails at once if it ends instead. */
  static URI awaitReady(WatchedProcess process) throws InterruptedException {
    String line = process.await(said -> said.startsWith("WASM-Sandbox is ready: "), PATIENCE);
    return URI.create(line.substring(line.indexOf("http")));
  }

  URI uri() {
    return uri;
  }

  /** Opens a WebSocket. */
  Client connect(HttpClient http, String service, String room) {
    String rooms = uri.toString().replaceFirst("http", "ws");
    return Client.open(http, URI.create(rooms).resolve("/rooms/" + service + "/" + room));
  }

  /** What it has logged until now. */
  List<String> log() {
    return process.errors();
  }

  /** Ends it as a power cut does. */
  void kill() throws InterruptedException {
    process.process().destroyForcibly();
    assertThat(process.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  /** Stops it in its tracks: connections stay open, nothing is answered. */
  void freeze() throws Exception {
    signal("STOP");
  }

  /** Undoes {@link #freeze}. */
  void thaw() throws Exception {
    signal("CONT");
  }

  private void signal(String signal) throws Exception {
    Process kill =
        new ProcessBuilder("kill", "-" + signal, String.valueOf(process.process().pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  /** Tells it to end, as an operator does, and does not wait for that. */
  void beginStop() {
    process.process().toHandle().destroy();
  }

  /** Whether it has not ended yet. */
  boolean isAlive() {
    return process.process().isAlive();
  }

  /** Ends it as an operator does. */
  void stop() throws InterruptedException {
    beginStop();
    assertThat(process.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  @Override
  public void close() {
    process.close();
  }
}
