package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.server.token.Token;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What the audit log says of changes, and who has made them. */
class AuditTest {
  private static final Logger AUDIT =
      (Logger) LoggerFactory.getLogger("org.cloudramp.sandbox.audit");
  private static final String READER = Token.generate();

  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @TempDir Path store;
  private TestServer server;

  @BeforeEach
  void start() {
    server =
        TestServer.start(
            store,
            "server.tokens",
            TestTokens.adminEntry() + ";" + TestTokens.entry("reader", READER, null, "read:*"),
            "server.proxies",
            "127.0.0.1, ::1");
    lines.start();
    AUDIT.addAppender(lines);
  }

  @AfterEach
  void stop() {
    AUDIT.detachAppender(lines);
    server.close();
  }

  @Test
  void whoHasGivenTheSourceMapOfAVersionIsALine() {
    byte[] echo = Guests.wasm("echo");
    server.publish("chat", echo);

    change(
        server
            .request("/api/services/chat/versions/%s/source-map".formatted(Digest.of(echo)))
            .PUT(BodyPublishers.ofString("{\"version\":3,\"sources\":[],\"mappings\":\"\"}")));

    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .anyMatch(line -> line.startsWith("source map: ") && line.contains("given that of chat@"));
  }

  @Test
  void everyChangeIsALineThatSaysWhoseTokenFromWhereAndWhat() {
    byte[] echo = Guests.wasm("echo");

    change(server.request("/api/services/chat").PUT(BodyPublishers.ofByteArray(echo)));
    change(
        server
            .request("/api/services/chat")
            .header("X-Forwarded-For", "10.0.0.1, 203.0.113.7")
            .PUT(BodyPublishers.ofByteArray(Guests.wasm("trap"))));
    change(server.request("/api/services/chat/rollback").POST(BodyPublishers.noBody()));
    change(
        server
            .request("/api/services/chat/activate/" + Digest.of(echo).hex())
            .POST(BodyPublishers.noBody()));

    assertThat(said())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith("upload: token 'admin' at 127.0.0.1 has made chat@")
                    .endsWith(" live"),
            line -> assertThat(line).startsWith("upload: token 'admin' at 203.0.113.7 has made "),
            line -> assertThat(line).startsWith("rollback: token 'admin' at 127.0.0.1 has made "),
            line -> assertThat(line).startsWith("activate: token 'admin' at 127.0.0.1 has made "));
  }

  @Test
  void whateverElseChangesSomethingIsALineAsWell() {
    byte[] echo = Guests.wasm("echo");
    server.publish("chat", echo);
    String service = "/api/services/chat";
    String room = service + "/rooms/lobby";
    try (Client ann = server.join("chat", "lobby")) {
      change(
          server
              .request(room + "/messages")
              .header("Content-Type", "text/plain")
              .POST(BodyPublishers.ofString("a text")));
      ann.await("a text");
      change(server.request(room + "/connections").DELETE());
      assertThat(ann.closed().code()).isEqualTo(1000);
    }
    change(
        server
            .request(service + "/quarantine/" + Digest.of(echo).hex() + "?seconds=60")
            .POST(BodyPublishers.noBody()));
    change(server.request(service + "/lift").POST(BodyPublishers.noBody()));
    change(server.request(service).DELETE());

    List<String> ofPeople =
        said().stream().filter(line -> line.contains("token 'admin' at 127.0.0.1")).toList();
    assertThat(ofPeople.stream().map(line -> line.replaceFirst(":.*", "")))
        .containsExactly("say", "close", "quarantine", "lift", "delete");
    assertThat(ofPeople).allSatisfy(line -> assertThat(line).contains("chat"));
    assertThat(ofPeople).noneMatch(line -> line.contains("a text"));
  }

  @Test
  void whatIsRefusedChangesNothingAndIsNoLine() {
    byte[] echo = Guests.wasm("echo");
    for (String token : List.of(READER, Token.generate())) {
      server.send(
          server
              .strangersRequest("/api/services/chat")
              .header("Authorization", TestTokens.bearer(token))
              .PUT(BodyPublishers.ofByteArray(echo)));
    }
    server.send(server.request("/api/services/chat").PUT(BodyPublishers.ofString("not a module")));

    assertThat(said()).isEmpty();
  }

  @Test
  void aServiceIsNotSpelledIntoALineOfItsOwn() {
    server.send(
        server
            .request("/api/services/chat%0AINFO%20forged")
            .PUT(BodyPublishers.ofByteArray(Guests.wasm("echo"))));

    assertThat(said()).isEmpty();
  }

  private void change(HttpRequest.Builder request) {
    assertThat(server.send(request).statusCode()).isEqualTo(200);
  }

  private List<String> said() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
