package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to those who send more than a room can take, or receive less than it says. */
class CongestionTest {
  @TempDir Path store;

  @Test
  void nothingIsLostWhenTheQueueOfTheRoomIsFull() {
    try (TestServer server = TestServer.start(store, "limits.queueLength", "1")) {
      server.publish("echo", Guests.wasm("echo"));
      Client ada = server.join("echo", "lobby");
      Client ben = server.join("echo", "lobby");
      ada.await("+" + ben.id());

      for (int i = 0; i < 500; i++) {
        ada.say("a" + i);
        ben.say("b" + i);
      }

      var heard = ada.next(1_000).stream().map(message -> message.text()).toList();
      assertThat(heard.stream().filter(text -> text.startsWith("a")))
          .containsExactlyElementsOf(IntStream.range(0, 500).mapToObj(i -> "a" + i).toList());
      assertThat(heard.stream().filter(text -> text.startsWith("b")))
          .containsExactlyElementsOf(IntStream.range(0, 500).mapToObj(i -> "b" + i).toList());
    }
  }

  @Test
  void whoeverLeavesAFullRoomHasLeftIt() {
    try (TestServer server =
        TestServer.start(store, "limits.queueLength", "1", "quarantine.faults", "0")) {
      server.publish("trap", Guests.wasm("trap"));
      Client busy = server.connect("trap", "lobby");
      for (int i = 0; i < 5; i++) {
        busy.say("l"); // each takes as long as the limit lets it
      }
      Client other = server.connect("trap", "lobby");

      other.leave(1000, "");

      server.awaitConnections(1);
      assertThat(busy.next(5)).allMatch(message -> message.text().equals("!onMessage"));
    }
  }

  @Test
  void whoeverCannotGetAWordInIsToldSoInTheEnd() {
    try (TestServer server =
        TestServer.start(
            store,
            "limits.queueLength",
            "1",
            "limits.time",
            "3s",
            "server.patience",
            "200ms",
            "server.inFlight",
            "1")) {
      server.publish("trap", Guests.wasm("trap"));
      server.publish("echo", Guests.wasm("echo"));
      Client[] room = new Client[4];
      for (int i = 0; i < room.length; i++) {
        room[i] = server.connect("trap", "lobby");
        room[i].say("first");
        room[i].await("first");
      }

      for (Client client : room) {
        client.say("l");
      }
      Client elsewhere = server.join("echo", "lobby");
      elsewhere.say("no delay here");

      // One runs, one waits in the queue; for the others there is no place.
      elsewhere.await("no delay here");
      org.awaitility.Awaitility.await()
          .atMost(TestServer.PATIENCE)
          .until(
              () -> IntStream.range(0, room.length).filter(i -> room[i].isClosed()).count() == 2);
      for (Client client : room) {
        if (client.isClosed()) {
          assertThat(client.closed().code()).isEqualTo(1013);
          assertThat(client.closed().reason()).contains("room 'lobby' is busy");
        }
      }
    }
  }

  @Test
  void whoeverDoesNotListenIsLeftBehindAndNobodyElseMissesAnything() {
    try (TestServer server =
        TestServer.start(
            store, "server.outgoingBytesPerConnection", "256KiB", "server.patience", "500ms")) {
      server.publish("echo", Guests.wasm("echo"));
      Client ada = server.join("echo", "lobby");
      RawSocket deaf = new RawSocket(server.uri());
      deaf.upgrade("echo", "lobby");
      String deafId = ada.next().text().substring(1);

      String large = "x".repeat(60 << 10);
      int said = 0;
      int heard = 0;
      boolean left = false;
      while (!left && said < 10_000) {
        ada.say(large);
        said++;
        String text = ada.next().text();
        while (text.length() < large.length()) {
          left |= text.equals("-" + deafId);
          text = ada.next().text();
        }
        heard++;
      }

      assertThat(left).as("left behind after %d messages", said).isTrue();
      assertThat(heard).isEqualTo(said);
      server.awaitConnections(1);
      deaf.close();
    }
  }
}
