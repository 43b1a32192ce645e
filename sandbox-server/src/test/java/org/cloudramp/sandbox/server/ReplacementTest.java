package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of a service changes while people use it. */
class ReplacementTest {
  private static final int USERS = 50;
  private static final int MANY_USERS = 200;

  @TempDir Path store;

  @Test
  void aNewVersionTakesOverInTheMiddleOfAConversationAndNobodyIsCutOff() {
    try (TestServer server = TestServer.start(store)) {
      server.publish("talk", TestServer.example("chat")); // answers "<id>: <text>"
      List<Client> clients =
          IntStream.range(0, USERS).mapToObj(i -> server.connect("talk", "hall")).toList();
      clients.forEach(client -> client.say("here"));
      clients.forEach(client -> hear("here", client, USERS)); // all of them are in the room

      List<List<String>> heard = new ArrayList<>();
      clients.forEach(client -> heard.add(new ArrayList<>()));
      for (int round = 1; round <= 20; round++) {
        String text = "round " + round;
        clients.forEach(client -> client.say(text));
        if (round == 10) { // with the messages of this round on their way
          long unused = upload(server, Guests.wasm("echo"));
        }
        for (int i = 0; i < USERS; i++) {
          heard.get(i).addAll(hear(text, clients.get(i), USERS));
        }
      }

      assertThat(clients).noneMatch(Client::isClosed);
      for (List<String> conversation : heard) {
        assertThat(conversation).isEqualTo(heard.get(0));
      }
      List<Boolean> byTheNew =
          heard.get(0).stream().map(text -> text.startsWith("round ")).toList();
      assertThat(byTheNew).hasSize(20 * USERS);
      int change = byTheNew.indexOf(true);
      assertThat(change).isBetween(9 * USERS, 10 * USERS);
      assertThat(byTheNew.subList(change, byTheNew.size())).doesNotContain(false);
    }
  }

  @Test
  void aPromotionAndARollbackUnderManyConnectionsCloseNoneAndOtherServersSeeThem() {
    byte[] chat = TestServer.example("chat"); // answers "<id>: <text>"
    try (TestServer server = TestServer.start(store);
        TestServer other = TestServer.start(store)) {
      server.publish("talk", chat);
      Client elsewhere = other.connect("talk", "hall");
      AtomicLong moved = new AtomicLong();
      List<Client> clients =
          IntStream.range(0, MANY_USERS).mapToObj(i -> server.connect("talk", "hall")).toList();
      clients.forEach(client -> client.say("here"));
      clients.forEach(client -> hear("here", client, MANY_USERS));

      assertThat(answeredBy(clients, "old", () -> {})).isEqualTo(Set.of(Answer.CHAT));
      Set<Answer> unused =
          answeredBy(clients, "promoted", () -> moved.set(upload(server, Guests.wasm("echo"))));
      waitUntilSeen("the promotion", moved.get(), elsewhere, Answer.ECHO);
      // What is said after the API has answered is for the new version, all of it.
      assertThat(answeredBy(clients, "new", () -> {})).isEqualTo(Set.of(Answer.ECHO));

      unused = answeredBy(clients, "rolled back", () -> moved.set(rollback(server)));
      waitUntilSeen("the rollback", moved.get(), elsewhere, Answer.CHAT);
      assertThat(answeredBy(clients, "old again", () -> {})).isEqualTo(Set.of(Answer.CHAT));

      assertThat(server.connections()).isEqualTo(MANY_USERS);
      assertThat(clients).noneMatch(Client::isClosed);
      assertThat(elsewhere.isClosed()).isFalse();
    }
  }

  private enum Answer {
    CHAT,
    ECHO
  }

  /** Everybody says {@code text}, and something happens meanwhile; who has answered? */
  private static Set<Answer> answeredBy(List<Client> clients, String text, Runnable meanwhile) {
    clients.forEach(client -> client.say(text));
    meanwhile.run();
    Set<Answer> answers = new HashSet<>();
    Set<List<String>> conversations = new HashSet<>();
    for (Client client : clients) {
      List<String> heard = hear(text, client, clients.size());
      conversations.add(heard.stream().map(line -> line.equals(text) ? "" : line).toList());
      heard.forEach(line -> answers.add(line.equals(text) ? Answer.ECHO : Answer.CHAT));
    }
    assertThat(conversations).as("all have heard the same").hasSize(1);
    return answers;
  }

  /** With the default of the setting {@code refresh}, docs/operations.md says two seconds. */
  private static void waitUntilSeen(String what, long since, Client elsewhere, Answer answer) {
    String end = answer == Answer.ECHO ? "now" : ": now";
    await()
        .atMost(TestServer.PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              elsewhere.say("now");
              String heard = elsewhere.next().text();
              while (!heard.endsWith("now")) {
                heard = elsewhere.next().text();
              }
              return answer == Answer.ECHO ? heard.equals(end) : heard.endsWith(end);
            });
    System.out.printf(
        "another server has seen %s after %d ms%n", what, (System.nanoTime() - since) / 1_000_000);
  }

  /** When it was answered. */
  private static long upload(TestServer server, byte[] wasm) {
    assertThat(
            server
                .send(server.request("/api/services/talk").PUT(BodyPublishers.ofByteArray(wasm)))
                .statusCode())
        .isEqualTo(200);
    return System.nanoTime();
  }

  /** When it was answered. */
  private static long rollback(TestServer server) {
    assertThat(
            server
                .send(server.request("/api/services/talk/rollback").POST(BodyPublishers.noBody()))
                .statusCode())
        .isEqualTo(200);
    return System.nanoTime();
  }

  /** What a client hears when everybody says the same; waits for all of it. */
  private static List<String> hear(String text, Client client, int users) {
    List<String> heard = new ArrayList<>();
    while (heard.size() < users) {
      String message = client.next().text();
      if (message.equals(text) || message.endsWith(": " + text)) {
        heard.add(message);
      }
    }
    return heard;
  }

  @Test
  void aVersionThatIsRefusedLeavesTheLiveOneAlone() {
    try (TestServer server = TestServer.start(store)) {
      server.publish("talk", Guests.wasm("echo"));
      Client ada = server.join("talk", "hall");

      assertThat(
              server
                  .send(
                      server
                          .request("/api/services/talk")
                          .PUT(BodyPublishers.ofByteArray(Guests.wasm("abi/unknown-import"))))
                  .statusCode())
          .isEqualTo(422);
      ada.say("still the same");

      ada.await("still the same");
    }
  }
}
