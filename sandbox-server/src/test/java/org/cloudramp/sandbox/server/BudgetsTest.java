package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What all connections share, and who has to give way when there is too little of it. */
class BudgetsTest {
  private static final int KIB = 1 << 10;

  @TempDir Path store;

  @Test
  void oneConnectionTooManyIsClosedAtOnceAndNobodyElseNotices() {
    try (TestServer server = TestServer.start(store, "server.connections", "3")) {
      server.publish("echo", Guests.wasm("echo"));
      Client ada = server.join("echo", "lobby");
      Client ben = server.join("echo", "lobby");
      Client cleo = server.join("echo", "lobby");

      try (RawSocket tooMany = new RawSocket(server.uri())) {
        tooMany.readToTheEnd();
      }

      assertThat(server.used("connections")).isEqualTo(3);
      ada.say("still here");
      ben.await("still here");
      cleo.leave(1000, "");
      waitUntil(() -> server.used("connections") == 2);
      Client dan = server.join("echo", "lobby");
      ada.await("+" + dan.id());
    }
  }

  @Test
  void aServiceThatIsBehindIsNotReadFromAndLosesNothingAndOthersDoNotNotice() {
    int budget = 512 * KIB;
    int messages = 5;
    try (TestServer server =
        TestServer.start(
            store,
            "server.queuedBytes",
            "512KiB",
            "limits.time",
            "200ms",
            "quarantine.faults",
            "0")) {
      server.publish("slow", Guests.wasm("trap"));
      server.publish("quiet", Guests.wasm("echo"));
      Client quiet = server.join("quiet", "lobby");
      List<Client> crowd = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        crowd.add(server.connect("slow", "room-" + i));
      }

      // A loop without an end, which takes as long as the limit lets it.
      String order = "l" + "x".repeat(60 * KIB);
      for (int i = 0; i < messages; i++) {
        crowd.forEach(client -> client.say(order));
      }
      waitUntil(() -> server.used("queuedBytes") > budget / 2 - 61 * KIB);
      String large = "y".repeat(60 * KIB);
      quiet.say(large);
      quiet.await(large);

      long most = 0;
      for (Client client : crowd) {
        for (int i = 0; i < messages; i++) {
          assertThat(client.next().text()).isEqualTo("!onMessage");
          most = Math.max(most, server.used("queuedBytes"));
        }
      }
      assertThat(most).isLessThanOrEqualTo(budget / 2);
      waitUntil(() -> server.used("queuedBytes") == 0 && server.used("unfinishedBytes") == 0);
    }
  }

  @Test
  void answersThatAreNotReadCountAndWhoDoesNotReadThemLosesTheConnection() {
    try (TestServer server =
        TestServer.start(store, "server.outgoingBytes", "4MiB", "quarantine.faults", "0")) {
      server.publish("answers", Guests.wasm("answers"));
      server.publish("quiet", Guests.wasm("echo"));
      Client quiet = server.join("quiet", "lobby");
      List<RawSocket> deaf = new ArrayList<>();
      try {
        for (int i = 0; i < 30; i++) {
          RawSocket socket = new RawSocket(server.uri());
          deaf.add(socket);
          socket.send(
              "GET /rooms/answers/room-%d/x HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  .formatted(i)
                  .repeat(12) // the system takes some megabytes of what is not read
                  .getBytes(StandardCharsets.US_ASCII));
        }
        waitUntil(() -> server.used("outgoingBytes") > 1_000 * KIB);
        waitUntil(() -> server.used("connections") < deaf.size() / 2);

        // Those that are told to go hold what they do until their loops have closed them.
        waitUntil(() -> server.used("outgoingBytes") < 5 * 1_024 * KIB);
        quiet.say("still here");
        quiet.await("still here");
      } finally {
        deaf.forEach(RawSocket::close);
      }
      waitUntil(() -> server.used("outgoingBytes") == 0);
    }
  }

  @Test
  void whoeverWaitsTooLongForOthersOfTheSameServiceIsToldSo() {
    try (TestServer server =
        TestServer.start(
            store,
            "server.queuedBytes",
            "100KiB",
            "server.patience",
            "200ms",
            "limits.time",
            "5s")) {
      server.publish("slow", Guests.wasm("trap"));
      Client first = server.connect("slow", "a");
      first.say("l" + "x".repeat(60 * KIB));
      waitUntil(() -> server.used("queuedBytes") > 0);

      Client second = server.connect("slow", "b");
      second.say("x".repeat(60 * KIB));

      assertThat(second.closed().code()).isEqualTo(1013);
      assertThat(second.closed().reason()).contains("have waited");
      assertThat(first.isClosed()).isFalse();
    }
  }

  @Test
  void whoeverHoldsMostOfWhatWaitsToBeSentIsClosed() {
    int budget = 2 << 20;
    try (TestServer server = TestServer.start(store, "server.outgoingBytes", "2MiB")) {
      server.publish("deaf", Guests.wasm("echo"));
      server.publish("quiet", Guests.wasm("echo"));
      Client quiet = server.join("quiet", "lobby");
      List<RawSocket> deaf = new ArrayList<>();
      List<Client> speakers = new ArrayList<>();
      List<String> deafIds = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Client speaker = server.join("deaf", "room-" + i);
        RawSocket socket = new RawSocket(server.uri());
        socket.upgrade("deaf", "room-" + i);
        deafIds.add(speaker.next().text().substring(1));
        deaf.add(socket);
        speakers.add(speaker);
      }

      speakUntil(speakers.get(0), () -> server.used("outgoingBytes") > 900 * KIB);
      speakUntil(speakers.get(1), () -> server.used("outgoingBytes") > 1_600 * KIB);
      speakUntil(
          speakers.get(2),
          () -> {
            assertThat(server.used("outgoingBytes")).isLessThanOrEqualTo(budget + 120 * KIB);
            return speakers.get(0).rest().stream()
                .anyMatch(message -> message.text().equals("-" + deafIds.get(0)));
          });

      assertThat(speakers.get(1).rest()).isEmpty();
      quiet.say("no delay here");
      quiet.await("no delay here");
      deaf.forEach(RawSocket::close);
      waitUntil(() -> server.used("outgoingBytes") == 0);
    }
  }

  /** Says much and hears it, again and again. */
  private static void speakUntil(Client speaker, BooleanSupplier enough) {
    String large = "x".repeat(60 * KIB);
    for (int i = 0; i < 10_000; i++) {
      speaker.say(large);
      speaker.await(large);
      if (enough.getAsBoolean()) {
        return;
      }
    }
    throw new AssertionError("10,000 messages were not enough");
  }

  @Test
  void whoeverIsGoneLeavesNoSocketBehindHoweverLongItsMessagesWait() {
    try (TestServer server =
        TestServer.start(
            store,
            "limits.time",
            "4s",
            "quarantine.faults",
            "0",
            "server.inFlight",
            "2",
            "server.patience",
            "800ms",
            "server.shutdown",
            "100ms")) {
      server.publish("slow", Guests.wasm("trap"));
      Client client = server.connect("slow", "lobby");
      for (int i = 0; i < 10; i++) {
        client.say("l" + "x".repeat(60 * KIB)); // more than is read while two have not run
      }
      waitUntil(() -> server.used("queuedBytes") > 120 * KIB);

      client.vanish();

      waitUntil(() -> server.used("connections") == 0);
      assertThat(server.connections()).as("those that have still to leave").isEqualTo(1);
    }
  }

  @Test
  void theOperatorSeesWhatIsInUse() {
    try (TestServer server =
        TestServer.start(
            store,
            "server.queuedBytes",
            "1MiB",
            "server.connections",
            "77",
            "codeMemory",
            "5MiB")) {
      HttpResponse<String> answer = server.send(server.request("/api/usage"));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body())
          .contains("\"connections\":{\"used\":1,\"limit\":77}")
          .contains("\"queuedBytes\":{\"used\":0,\"limit\":1048576}")
          .contains("\"codeBytes\":{\"used\":0,\"limit\":5242880}")
          .contains("\"unfinishedBytes\"")
          .contains("\"outgoingBytes\"");
    }
  }

  private static void waitUntil(BooleanSupplier condition) {
    await().atMost(TestServer.PATIENCE).until(condition::getAsBoolean);
  }
}
