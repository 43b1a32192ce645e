package org.cloudramp.sandbox.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Those who open connections and never come to an end, but say a little now and then, so that none
 * of them is ever silent for long: at each port, and in each part of what a client says.
 */
class TricklingClientsTest {
  private static final String BEGIN_OF_HEAD = "GET /rooms/echo/lobby HTTP/1.1\r\nX-Loris: ";
  private static final String UPLOAD =
      "PUT /api/services/slow HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
          + TestTokens.ADMIN
          + "\r\nContent-Length: 1000\r\n\r\n";

  @TempDir Path store;
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private List<RawSocket> loris = List.of();

  @AfterEach
  void hangUp() {
    thread.shutdownNow();
    loris.forEach(RawSocket::close);
  }

  /** Opens so many connections, all of which say this, and then a byte at a time. */
  private void trickle(URI port, int connections, byte[] begin) {
    loris = IntStream.range(0, connections).mapToObj(i -> new RawSocket(port)).toList();
    loris.forEach(socket -> say(socket, begin));
    var unused =
        thread.scheduleWithFixedDelay(
            () -> loris.forEach(socket -> say(socket, new byte[] {'x'})),
            100,
            100,
            TimeUnit.MILLISECONDS);
  }

  private static void say(RawSocket socket, byte[] bytes) {
    try {
      socket.send(bytes);
    } catch (UncheckedIOException e) {
      // the server has closed it
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GET /livez HTTP/1.1\r\nX-Loris: ",
        "POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" // whose answer nobody reads
      })
  void whoTakesAllConnectionsOfTheManagementPortKeepsNobodyFromLearningHowItIs(String begin) {
    try (TestServer server = TestServer.start(store, "server.management.port", "0")) {
      URI management = server.management().orElseThrow();
      trickle(management, 200, begin.getBytes(US_ASCII));

      for (String path : List.of("livez", "readyz", "metrics")) {
        HttpResponse<String> answer =
            server.send(
                java.net.http.HttpRequest.newBuilder(management.resolve("/" + path))
                    .timeout(TestServer.PATIENCE));
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", BEGIN_OF_HEAD})
  void whoTakesAllConnectionsWithoutEverAskingKeepsNobodyOut(String begin) {
    try (TestServer full = TestServer.start(store, "server.connections", "20")) {
      full.publish("echo", Guests.wasm("echo"));
      Client ada = full.join("echo", "lobby");
      trickle(full.uri(), 40, begin.getBytes(US_ASCII));

      Client ben =
          await()
              .atMost(TestServer.PATIENCE)
              .ignoreExceptions() // as long as those who wait have only just come
              .until(() -> full.join("echo", "lobby"), client -> true);

      ben.say("in time");
      ada.await("in time");
      assertThat(full.connections()).isEqualTo(2);
    }
  }

  @Test
  void whoIsInARoomOrHasARequestUnderWayMakesRoomForNobody() {
    try (TestServer full = TestServer.start(store, "server.connections", "3");
        RawSocket upload = new RawSocket(full.uri());
        RawSocket events = new RawSocket(full.uri())) {
      full.publish("echo", Guests.wasm("echo"));
      upload.send((UPLOAD + "x").getBytes(US_ASCII));
      String head =
          events.ask(
              "GET /api/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"
                  .formatted(TestTokens.ADMIN));
      assertThat(head).startsWith("HTTP/1.1 200");
      Client ada = full.join("echo", "lobby");
      long later = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);

      await()
          .atMost(TestServer.PATIENCE)
          .until(
              () -> {
                try (RawSocket late = new RawSocket(full.uri())) {
                  late.readToTheEnd(); // closed at once
                }
                return System.nanoTime() > later;
              });

      ada.say("still here");
      ada.await("still here");
      upload.send(new byte[999]);
      assertThat(upload.ask("")).as("no module, and all of it came").startsWith("HTTP/1.1 400");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PUT /api/services/slow",
        "POST /api/services/board/rooms/lobby/messages",
        "POST /rooms/board/lobby/notices"
      })
  void aBodyThatTricklesIsGivenUp(String route) {
    try (TestServer impatient = TestServer.start(store, "server.patience", "1s")) {
      impatient.publish("board", TestServer.example("noticeboard"));
      trickle(
          impatient.uri(),
          1,
          (route
                  + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                  + TestTokens.ADMIN
                  + "\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n")
              .getBytes(US_ASCII));

      String answer = loris.get(0).ask("");

      assertThat(answer).startsWith("HTTP/1.1 408").contains("Connection: close");
    }
  }
}
