package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is said in a room is heard in it: all of it, as it was said, in one order. */
class ConversationTest {
  @TempDir Path store;
  private TestServer server;

  @BeforeEach
  void start() {
    server = TestServer.start(store);
    server.publish("echo", Guests.wasm("echo"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  static Stream<String> texts() {
    return Stream.of(
        "plain",
        "",
        "👩‍👩‍👧‍👦 emoji 🦀, commas, \"quotes\", \\, {braces}\r\n\t\u0000 and 漢字",
        "<script>alert(1)</script>",
        "x".repeat(64 << 10),
        "👋".repeat(16 << 10));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void aTextArrivesAsItWasSent(String text) {
    Client ada = server.join("echo", "lobby");
    Client ben = server.join("echo", "lobby");
    ada.await("+" + ben.id());

    ada.say(text);

    assertThat(ada.next()).isEqualTo(Payload.text(text));
    assertThat(ben.next()).isEqualTo(Payload.text(text));
  }

  static Stream<byte[]> binaries() {
    byte[] random = new byte[64 << 10];
    new Random(1).nextBytes(random);
    return Stream.of(new byte[0], new byte[] {0, -1, (byte) 0xC0, (byte) 0x80}, random);
  }

  @ParameterizedTest
  @MethodSource("binaries")
  void aBinaryArrivesAsItWasSent(byte[] binary) {
    Client ada = server.join("echo", "lobby");
    Client ben = server.join("echo", "lobby");
    ada.await("+" + ben.id());

    ada.say(binary);

    assertThat(ada.next()).isEqualTo(Payload.binary(binary));
    assertThat(ben.next()).isEqualTo(Payload.binary(binary));
  }

  @Test
  void aMessageInSeveralFramesArrivesAsOne() {
    Client ada = server.join("echo", "lobby");

    ada.sayInTwo("half and half", 5);
    ada.say("next");

    assertThat(ada.next(2)).containsExactly(Payload.text("half and half"), Payload.text("next"));
  }

  @Test
  void threeHundredUsersOfOneRoomHearEverything() {
    int users = 300;
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < users; i++) {
      clients.add(server.join("echo", "hall"));
    }
    clients.forEach(client -> client.say("from " + client.id()));

    Set<String> expected = new HashSet<>();
    clients.forEach(client -> expected.add("from " + client.id()));
    List<String> order = sayings(clients.get(0), users);
    assertThat(new HashSet<>(order)).isEqualTo(expected);
    for (Client client : clients.subList(1, users)) {
      assertThat(sayings(client, users)).isEqualTo(order);
    }
  }

  @Test
  void fiftyUsersWhoSayAHundredThingsEachHearTheSameFiveThousandInTheSameOrder() {
    int users = 50;
    int messages = 100;
    List<Client> clients =
        IntStream.range(0, users).mapToObj(i -> server.join("echo", "hall")).toList();

    for (int message = 0; message < messages; message++) {
      for (int user = 0; user < users; user++) {
        clients.get(user).say("from %d/%d".formatted(user, message));
      }
    }

    List<String> order = sayings(clients.get(0), users * messages);
    assertThat(new HashSet<>(order)).hasSize(users * messages);
    for (int user = 0; user < users; user++) {
      String own = "from %d/".formatted(user);
      assertThat(order.stream().filter(text -> text.startsWith(own)))
          .as("what user %d said, in the order it was said", user)
          .containsExactlyElementsOf(
              IntStream.range(0, messages).mapToObj(message -> own + message).toList());
    }
    for (Client client : clients.subList(1, users)) {
      assertThat(sayings(client, users * messages)).isEqualTo(order);
    }
    assertThat(clients).noneMatch(Client::isClosed);
  }

  /** So many messages that users have said; leaves out who came. */
  private static List<String> sayings(Client client, int number) {
    List<String> sayings = new ArrayList<>();
    while (sayings.size() < number) {
      String text = client.next().text();
      if (text.startsWith("from ")) {
        sayings.add(text);
      }
    }
    return sayings;
  }
}
