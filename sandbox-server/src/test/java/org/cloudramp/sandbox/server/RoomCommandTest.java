package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.core.recording.Recording;
import org.cloudramp.sandbox.server.token.Token;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The SDK's {@code room logs}, {@code faults}, {@code status} and {@code lift} against a server.
 */
@Timeout(300)
class RoomCommandTest {
  private static final Path ROOM = Path.of("../sdk-assemblyscript/cli/room.js").toAbsolutePath();
  private static final String READS = Token.generate();
  private static final String DEPLOYS = Token.generate();

  @TempDir Path folder;
  private TestServer server;
  private final List<Process> running = new ArrayList<>();

  @BeforeEach
  void start() {
    server =
        TestServer.start(
            folder.resolve("modules"),
            "record.trap",
            "on",
            "server.tokens",
            String.join(
                ";",
                TestTokens.adminEntry(),
                TestTokens.entry("reads", READS, null, "read:log", "read:trap"),
                TestTokens.entry("deploys", DEPLOYS, null, "deploy:trap")));
    server.publish("log", Guests.wasm("log"));
    server.publish("trap", Guests.wasm("trap"));
  }

  @AfterEach
  void stop() {
    running.forEach(Process::destroyForcibly);
    server.close();
  }

  /** A command that runs, and what it writes. */
  private final class Command {
    private final Process process;
    private final Thread reader;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    Command(String token, String... words) throws IOException {
      List<String> command = new ArrayList<>(List.of("node", ROOM.toString()));
      command.addAll(List.of(words));
      command.addAll(List.of("--server", server.uri().toString()));
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().put("ROOM_TOKEN", token);
      builder.directory(folder.toFile()).redirectErrorStream(true);
      process = builder.start();
      running.add(process);
      reader = new Thread(this::read, "command");
      reader.setDaemon(true);
      reader.start();
    }

    private void read() {
      try (BufferedReader output =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
          lines.add(line);
        }
      } catch (IOException e) {
        lines.add("broken: " + e);
      }
    }

    String next() throws InterruptedException {
      String line = lines.poll(TestServer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (line == null) {
        throw new AssertionError("it has written nothing more");
      }
      return line;
    }

    /** All it writes until it ends. */
    String toTheEnd() throws InterruptedException {
      reader.join(4 * TestServer.PATIENCE.toMillis()); // a process, on a machine that may be busy
      assertThat(reader.isAlive()).isFalse();
      return String.join("\n", lines);
    }
  }

  private void say(String service, String room, String what) {
    try (Client client = server.connect(service, room)) {
      client.say(what);
      client.next(); // its hook has run
    }
  }

  @Test
  void logsFollowsWhatAGuestSaysAndAClientCannotTalkToTheTerminal() throws Exception {
    Command logs = new Command(READS, "logs", "--service", "log");
    say("log", "lobby", "not heard for sure");
    while (logs.lines.isEmpty()) {
      say("log", "lobby", "is anybody there?");
    }

    say("log", "kitchen", "\u001b[31mred\r\nforged line \u202e");

    String line = logs.next();
    while (!line.contains("red")) {
      line = logs.next();
    }
    assertThat(line)
        .matches(
            "\\S+Z kitchen onMessage INFO \\\\u\\{1b}\\[31mred\\\\u\\{d}\\\\u\\{a}forged line \\\\u\\{202e}");
  }

  @Test
  void faultsShowsWhatWentWrongAndLiftEndsTheRest() throws Exception {
    for (int room = 0; room < 5; room++) {
      say("trap", "room-" + room, "u");
    }

    // Who is told of a hook hears of it after what its onError has sent.
    await()
        .atMost(TestServer.PATIENCE)
        .until(
            () ->
                server.send(server.request("/api/services/trap/faults")).body().contains("room-4"));
    String faults = new Command(READS, "faults", "--once", "--service", "trap").toTheEnd();
    String status = new Command(READS, "status", "--service", "trap").toTheEnd();
    String denied = new Command(READS, "lift", "--service", "trap").toTheEnd();
    String lifted = new Command(DEPLOYS, "lift", "--service", "trap").toTheEnd();
    String again = new Command(DEPLOYS, "lift", "--service", "trap").toTheEnd();

    assertThat(faults.lines().filter(line -> line.contains("FAULT trapped: "))).hasSize(5);
    assertThat(faults).contains("room-3 onMessage FAULT", " REST for 10 s: ");
    assertThat(status).contains("'trap' at ", "  rests     ", "unreachable", "  versions  1");
    assertThat(denied).contains("needs the scope 'deploy:trap' (denied)");
    assertThat(lifted).startsWith("'trap' runs again at ");
    assertThat(again).startsWith("Nothing of 'trap' rests");
    say("trap", "room-1", "it runs");
  }

  @Test
  void faultsFollowsWithoutMissingOrRepeatingAny() throws Exception {
    say("trap", "before", "u");
    Command faults = new Command(READS, "faults", "--service", "trap");
    assertThat(faults.next()).contains("before onMessage FAULT trapped: ");

    say("trap", "after", "u");
    say("trap", "later", "u");

    assertThat(faults.next()).contains("after onMessage FAULT trapped: ");
    assertThat(faults.next()).contains("later onMessage FAULT trapped: ");
  }

  @Test
  void replayFetchesWhatARoomDidAndDoesItAgain() throws Exception {
    say("trap", "lobby", "hello");
    say("trap", "lobby", "u");
    Path kept = folder.resolve("lobby.recording");

    String replay =
        new Command(READS, "replay", "lobby", "--service", "trap", "--save", kept.toString())
            .toTheEnd();
    String none = new Command(READS, "replay", "kitchen", "--service", "trap").toTheEnd();
    String off = new Command(READS, "replay", "lobby", "--service", "log").toTheEnd();

    assertThat(replay).contains("onMessage ", "= failed: ").doesNotContain("differs");
    assertThat(replay).containsPattern("'trap', room 'lobby': (\\d+) of \\1 hooks did the same");
    assertThat(Recording.read(Files.readAllBytes(kept)).hooks()).isNotEmpty();
    assertThat(none).contains("nothing is recorded of room 'kitchen' of service 'trap'");
    assertThat(off).contains("whoever runs it can set record.log = on (not_recorded)");
  }

  @Test
  void whoMayNotIsToldSo() throws Exception {
    assertThat(new Command(DEPLOYS, "logs", "--service", "log").toTheEnd())
        .contains("refused 'log': the token does not allow this; it needs the scope 'read:log'");
    assertThat(new Command("nonsense-nonsense", "status", "--service", "log").toTheEnd())
        .contains("the token is none that this server knows (unauthenticated)");
  }
}
