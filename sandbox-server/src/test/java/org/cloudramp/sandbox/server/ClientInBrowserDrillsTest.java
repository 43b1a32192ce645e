package org.cloudramp.sandbox.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.ServersOnRedis.patiently;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The npm package in a real browser, on a page of another site, against servers that are killed and
 * stopped. docs/operations.md has a table of these drills.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ClientInBrowserDrillsTest {
  private static final int USERS = 4;

  private static final String PAGE =
      """
      <!doctype html>
      <title>Users of a room</title>
      <script type="module">
        import { connect } from "/client.js";
        window.join = (url, users) => {
          window.changes = Array.from({ length: users }, () => []);
          window.heard = Array.from({ length: users }, () => []);
          window.rooms = window.changes.map((mine, user) => {
            const room = connect(url, { minDelay: 50, maxDelay: 1000, heartbeat: 2000 });
            mine.push(room.state);
            room.on("state", (change) => mine.push(change));
            room.on("message", (message) => window.heard[user].push(message));
            return room;
          });
        };
      </script>
      """;

  @TempDir Path folder;
  @TempDir Path profile;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private HttpServer site;
  private Browser browser;
  private ServersOnRedis servers;
  private LineRelay relay;

  @BeforeEach
  void join() throws Exception {
    browser = Browser.start(profile);
    opened.add(browser);
    site = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    opened.add(() -> site.stop(0));
    Path client = Path.of("..", "sdk-client", "index.js");
    site.createContext("/", exchange -> answer(exchange, "text/html", PAGE.getBytes(UTF_8)));
    site.createContext(
        "/client.js", exchange -> answer(exchange, "text/javascript", Files.readAllBytes(client)));
    site.start();
    servers = new ServersOnRedis(folder);
    opened.add(servers);
    relay = new LineRelay(start());
    opened.add(relay);
    browser.driver.get(origin());
    run("join(arguments[0], arguments[1])", relay.room("echo", "hall").toString(), USERS);
    for (int user = 0; user < USERS; user++) {
      awaitChange(user, "live");
    }
  }

  @AfterEach
  void end() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  @Test
  void nothingIsLostDoubledOrOutOfOrderWhileServersAreKilledAndStoppedAndLinesBreak()
      throws Exception {
    int said = say(0, 100);
    patiently().until(() -> messages(0).size() >= 20); // the others are on their way
    ServerProcess second = start();
    relay.leadTo(second);
    servers.get(0).kill();
    said = say(said, 100); // into sockets that are gone, or while there are none
    for (int user = 0; user < USERS; user++) {
      awaitChange(user, "resumed");
    }
    for (int i = 0; i < 10; i++) {
      relay.cut();
      said = say(said, 20);
    }
    ServerProcess third = start();
    relay.leadTo(third);
    second.stop();
    said = say(said, 50);

    int all = said;
    for (int user = 0; user < USERS; user++) {
      int each = user;
      patiently().until(() -> messages(each).size() >= all);
    }
    List<String> sequence = messages(0);
    assertThat(sequence).hasSize(all).doesNotHaveDuplicates();
    for (int user = 0; user < USERS; user++) {
      int each = user;
      assertThat(messages(user)).as("what user %d has heard", user).isEqualTo(sequence);
      assertThat(
              sequence.stream()
                  .map(ClientInBrowserDrillsTest::number)
                  .filter(n -> n % USERS == each))
          .as("what user %d has said, in order", user)
          .isSorted();
      assertThat(heard(user)).noneMatch(text -> text.startsWith("-"));
      assertThat(String.join(" ", changes(user)))
          .as("what user %d was told of its connection", user)
          .matches("connecting live( away resumed){2,}");
    }
    String gone = (String) run("return rooms[0].connectionId");
    run("rooms[0].close()");
    patiently().until(() -> heard(1).contains("-" + gone));
    assertThat(changes(0)).endsWith("closed");
    assertThat(run("return rooms[0].state")).isEqualTo("closed");
  }

  @Test
  void usersAreToldThatTheyBeginAnewWhenTheLogIsLost() throws Exception {
    servers.redis().empty();

    for (int user = 0; user < USERS; user++) {
      awaitChange(user, "anew");
      assertThat(changes(user)).startsWith("connecting", "live", "away", "anew");
    }
    patiently()
        .until(
            () -> {
              run("rooms[0].send('after')");
              return heard(1).contains("after");
            });
  }

  /**
   * Starts one more server, which lets the page's users in. Their sessions last for as long as the
   * test: a browser beside several servers may need much of a grace to come back.
   */
  private ServerProcess start() throws Exception {
    return servers.start(Map.of("SANDBOX_SERVER_ORIGINS", origin(), "SANDBOX_ROOMS_GRACE", "5m"));
  }

  private String origin() {
    return "http://127.0.0.1:" + site.getAddress().getPort();
  }

  /** Users say so many more in turn, the first of that number; gives that of the next. */
  private int say(int first, int more) {
    run(
        "const [first, more] = arguments;"
            + "for (let i = first; i < first + more; i++) rooms[i % rooms.length].send(`m${i}`);",
        first, more);
    return first + more;
  }

  private void awaitChange(int user, String change) {
    patiently()
        .alias("user %d is told '%s'".formatted(user, change))
        .until(() -> changes(user), told -> told.contains(change));
  }

  private List<String> changes(int user) {
    return texts(run("return changes[arguments[0]]", user));
  }

  private List<String> heard(int user) {
    return texts(run("return heard[arguments[0]]", user));
  }

  private List<String> messages(int user) {
    return heard(user).stream().filter(text -> text.startsWith("m")).toList();
  }

  private static List<String> texts(Object list) {
    return ((List<?>) list).stream().map(String::valueOf).toList();
  }

  private static int number(String message) {
    return Integer.parseInt(message.substring(1));
  }

  private Object run(String script, Object... arguments) {
    return browser.driver.executeScript(script, arguments);
  }

  private static void answer(HttpExchange exchange, String type, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
