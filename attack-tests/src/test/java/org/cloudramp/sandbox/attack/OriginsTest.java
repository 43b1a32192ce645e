package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onTime;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** A stranger's page whose name has been made to lead to this server. */
class OriginsTest extends SurvivalTest {
  static Stream<Attack> attacks() {
    return Stream.of(
        onTime(
                "19a",
                "a page whose Host and Origin are both evil.example opens a room",
                "101",
                siege -> mustNotOpen(siege, "evil.example", "http://evil.example"))
            .alwaysInTurn(),
        onTime(
            "19b",
            "the same with a port, and one that looks like this server's",
            "101",
            siege -> {
              String host = "evil.example:" + siege.port();
              mustNotOpen(siege, host, "http://" + host);
              mustNotOpen(siege, "localhost.evil.example", "http://localhost.evil.example");
              mustNotOpen(siege, "127.0.0.1.evil.example", "https://127.0.0.1.evil.example");
            }),
        onTime(
            "19c",
            "a Host that is another address, empty, twice, or no name at all",
            "101",
            siege -> {
              mustNotOpen(siege, "203.0.113.7", "http://203.0.113.7");
              mustNotOpen(siege, "localhost@evil.example", "http://evil.example");
              mustNotOpen(siege, "evil.example\r\nHost: localhost", "http://evil.example");
            }),
        onTime(
            "19d",
            "a page whose Host and Origin are both evil.example reads and uploads",
            "the page and the health check answer; the upload is refused",
            siege -> {
              for (String path :
                  new String[] {"/", "/healthz", "/api/functions", "/api/services/chat"}) {
                mustNotAnswer(siege, "GET", path);
              }
              mustNotAnswer(siege, "PUT", "/api/services/chat");
            }));
  }

  private static void mustNotOpen(Siege siege, String host, String origin) throws Exception {
    Crowd.Member page =
        siege.connect(
            WebSocketBytes.handshake(
                siege.port(), "chat", "lobby", "Host: " + host, "Origin: " + origin));
    siege.await(() -> page.status() != 0 || page.isClosed());
    if (page.status() < 400 || page.status() >= 500) {
      siege.complain("a page of host '%s' was answered with %d".formatted(host, page.status()));
    }
  }

  private static void mustNotAnswer(Siege siege, String method, String path) throws Exception {
    Crowd.Member page =
        siege.connect(
            "%s %s HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n%s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .formatted(method, path, Credentials.header(Credentials.ADMIN))
                .getBytes(StandardCharsets.ISO_8859_1));
    siege.await(() -> page.status() != 0 || page.isClosed());
    if (page.status() < 400 || page.status() >= 500) {
      siege.complain(
          "%s %s of a stranger's page was answered with %d".formatted(method, path, page.status()));
    }
  }
}
