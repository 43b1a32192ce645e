package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of a service changes while people use it. */
class ReplacementTest {
  private static final int USERS = 50;

  @TempDir Path store;

  @Test
  void aNewVersionTakesOverInTheMiddleOfAConversationAndNobodyIsCutOff() {
    try (TestServer server = TestServer.start(store)) {
      server.publish("talk", TestServer.example("chat")); // answers "<id>: <text>"
      List<Client> clients =
          IntStream.range(0, USERS).mapToObj(i -> server.connect("talk", "hall")).toList();
      clients.forEach(client -> client.say("here"));
      clients.forEach(client -> hear("here", client)); // all of them are in the room

      List<List<String>> heard = new ArrayList<>();
      clients.forEach(client -> heard.add(new ArrayList<>()));
      for (int round = 1; round <= 20; round++) {
        String text = "round " + round;
        clients.forEach(client -> client.say(text));
        if (round == 10) { // with the messages of this round on their way
          assertThat(
                  server
                      .send(
                          server
                              .request("/api/services/talk")
                              .PUT(BodyPublishers.ofByteArray(Guests.wasm("echo"))))
                      .statusCode())
              .isEqualTo(200);
        }
        for (int i = 0; i < USERS; i++) {
          heard.get(i).addAll(hear(text, clients.get(i)));
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

  /** What a client hears when everybody says the same; waits for all of it. */
  private static List<String> hear(String text, Client client) {
    List<String> heard = new ArrayList<>();
    while (heard.size() < USERS) {
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
