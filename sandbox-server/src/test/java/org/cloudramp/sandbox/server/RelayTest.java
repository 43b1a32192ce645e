package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.server.loop.LoopStatistics;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rooms whose hooks run on the loop of their sockets, and hooks that do not return from there. */
class RelayTest {
  @TempDir Path store;

  /** Short hooks, so that the service runs on its loop. */
  private static void warmUp(Client client, String name) {
    for (int i = 0; i < 100; i++) {
      client.say("warm-up of " + name + i);
      client.await("warm-up of " + name + i);
    }
  }

  private static long sum(TestServer server, ToLongFunction<LoopStatistics> figure) {
    return server.loops().stream().mapToLong(figure).sum();
  }

  @Test
  void aHookThatDoesNotReturnHoldsUpItsRoomOnly() {
    try (TestServer server = TestServer.start(store, "server.loops", "1", "limits.time", "20s")) {
      server.publish("slow", Guests.wasm("trap"));
      server.publish("quick", Guests.wasm("echo"));
      Client attacker = server.connect("slow", "lobby");
      Client neighbour = server.connect("slow", "next-door");
      Client victim = server.join("quick", "lobby");
      warmUp(attacker, "attacker");
      warmUp(victim, "victim");

      // It may have been moved to workers meanwhile, if the machine is busy: it comes back.
      await()
          .atMost(TestServer.PATIENCE)
          .until(
              () -> {
                warmUp(attacker, "attacker");
                return server.loops().get(0).turns() > 0;
              });
      attacker.say("l"); // loops until its budget of 20 s is used up

      for (int i = 0; i < 300; i++) {
        victim.say("v" + i);
        victim.await("v" + i);
        neighbour.say("n" + i);
        neighbour.await("n" + i);
      }
      assertThat(attacker.rest()).as("what has been heard where the hook still runs").isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"loop, 1", "loop, 2", "workers, 2"})
  void nothingIsLostOrSwappedWhileHooksOverstayNextDoor(String delivery, String loops) {
    try (TestServer server =
        TestServer.start(
            store,
            "server.delivery",
            delivery,
            "server.loops",
            loops,
            "limits.time",
            "20s",
            "services.slow.limits.time",
            "100ms",
            "quarantine.faults",
            "0")) {
      server.publish("slow", Guests.wasm("trap"));
      server.publish("quick", Guests.wasm("echo"));
      List<Client> attackers =
          IntStream.range(0, 6).mapToObj(i -> server.connect("slow", "room-" + i)).toList();
      List<Client> victims = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        victims.add(server.join("quick", "room-" + i));
      }
      attackers.forEach(attacker -> warmUp(attacker, "attacker"));
      victims.forEach(victim -> warmUp(victim, "victim"));

      for (int round = 0; round < 40; round++) {
        for (Client attacker : attackers) {
          attacker.say(round % 8 == 0 ? "l" : "a" + round);
        }
        for (Client victim : victims) {
          for (int i = 0; i < 25; i++) {
            victim.say("v" + (round * 25 + i));
          }
        }
      }

      List<String> expected = IntStream.range(0, 1_000).mapToObj(i -> "v" + i).toList();
      for (Client victim : victims) {
        assertThat(victim.next(1_000).stream().map(message -> message.text()).toList())
            .isEqualTo(expected);
      }
      List<String> ofAttackers =
          IntStream.range(0, 40)
              .mapToObj(round -> round % 8 == 0 ? "!onMessage" : "a" + round)
              .toList();
      for (Client attacker : attackers) {
        assertThat(attacker.next(40).stream().map(message -> message.text()).toList())
            .isEqualTo(ofAttackers);
      }
      assertThat(server.loops()).hasSize(Integer.parseInt(loops));
      if (delivery.equals("workers")) {
        assertThat(sum(server, LoopStatistics::turns)).isZero();
      } else {
        assertThat(sum(server, LoopStatistics::turns)).isPositive();
      }
      await().atMost(TestServer.PATIENCE).until(() -> server.overstaying() == 0);
    }
  }

  @Test
  void aCrowdThatSendsFramesOfOneByteDoesNotStarveOthers() {
    try (TestServer server = TestServer.start(store, "server.loops", "1")) {
      server.publish("crowd", Guests.wasm("echo"));
      server.publish("quick", Guests.wasm("echo"));
      Client victim = server.join("quick", "lobby");
      ByteArrayOutputStream frames = new ByteArrayOutputStream();
      for (int i = 0; i < 10_000; i++) {
        frames.writeBytes(new byte[] {(byte) 0x81, (byte) 0x81, 0, 0, 0, 0, 'x'});
      }
      List<RawSocket> crowd = new ArrayList<>();
      List<Thread> senders = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        RawSocket socket = new RawSocket(server.uri());
        socket.upgrade("crowd", "room-" + i);
        crowd.add(socket);
        senders.add(sender(socket, frames.toByteArray()));
      }

      for (int i = 0; i < 200; i++) {
        victim.say("v" + i);
        victim.await("v" + i);
      }

      assertThat(senders).anyMatch(Thread::isAlive); // the crowd was at it all the while
      crowd.forEach(RawSocket::close);
    }
  }

  /** Sends without end, and reads nothing of the echo but in the background. */
  private static Thread sender(RawSocket socket, byte[] frames) {
    Thread reader = new Thread(socket::readToTheEnd, "reader");
    reader.setDaemon(true);
    reader.start();
    Thread sender =
        new Thread(
            () -> {
              try {
                while (true) {
                  socket.send(frames);
                }
              } catch (UncheckedIOException e) {
                // closed at the end
              }
            },
            "sender");
    sender.setDaemon(true);
    sender.start();
    return sender;
  }
}
