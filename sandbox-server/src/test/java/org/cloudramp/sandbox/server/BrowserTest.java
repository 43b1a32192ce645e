package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.cloudramp.sandbox.api.RoomId;
import org.junit.jupiter.api.Test;

/** What a page of one's own meets in a browser when it opens rooms. */
class BrowserTest extends InBrowser {
  @Override
  TestServer serve() {
    TestServer started = TestServer.start(store);
    started.publish("chat", TestServer.example("chat"));
    return started;
  }

  @Test
  void aPageLearnsWhatARoomMayBeCalled() {
    browser.driver.get(server.uri() + "monitor");
    List<String> impossible =
        List.of(
            "café", "a:b", "ann@example.org", "a b", "a/b", "a%2Fb", "100%25", "caf%E9", "//", "");

    assertThat(impossible)
        .allSatisfy(
            room -> {
              List<?> closed = closeOf("/rooms/chat/" + room);
              assertThat(closed.get(0)).isEqualTo(4021L);
              assertThat(closed.get(1)).asString().contains(" is ");
            });
  }

  @Test
  void anyTextBecomesANameAsThePageOfTheOperatorSays() throws IOException {
    List<List<String>> snippets = Snippets.inPage(Path.of("../docs/operations.md"), "js");
    assertThat(snippets).hasSize(1);
    String code = "const [text] = arguments; %s\nreturn room;";
    String script = code.formatted(String.join("\n", snippets.get(0)));
    browser.driver.get(server.uri() + "monitor");

    assertThat(browser.driver.executeScript(script, "café")).isEqualTo("636166c3a9");
    assertThat(browser.driver.executeScript(script, "cafe\u0301")).isEqualTo("636166c3a9");
    String longest = String.valueOf(browser.driver.executeScript(script, "é".repeat(32)));
    assertThat(new RoomId(longest).value()).hasSize(128);
  }

  @Test
  void aPageLearnsWhyARoomRefuses() {
    server.publish("game", TestServer.example("tic-tac-toe"));
    browser.driver.get(server.uri() + "monitor");
    try (Client x = server.connect("game", "table");
        Client o = server.connect("game", "table")) {
      x.await("you are X");
      o.await("you are O");

      assertThat(closeOf("/rooms/game/table"))
          .isEqualTo(List.of(4010L, "two are playing here already"));
    }
  }

  /** Code and reason with which a WebSocket of the page is closed. */
  private List<?> closeOf(String path) {
    return (List<?>)
        browser.driver.executeAsyncScript(
            """
            const [path, done] = arguments;
            const socket = new WebSocket(`ws://${location.host}${path}`);
            socket.onclose = ({ code, reason }) => done([code, reason]);
            """,
            path);
  }
}
