package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Messages that come faster than their rooms take them. */
class BacklogsTest extends SurvivalTest {
  private static final int LARGE = 66_000;

  static Stream<Attack> attacks() {
    return Stream.of(
        onMemory(
                "5a",
                "240 connections in 240 rooms, 64 messages of 66 KB each, to a slow service",
                "OutOfMemoryError; no handshake works, though the heap is free again",
                siege -> send(siege, 1, 240, 1, 64, LARGE))
            .alwaysInTurn(),
        onMemory(
            "5b",
            "240 connections in four rooms, 64 messages of 66 KB each",
            "",
            siege -> send(siege, 1, 4, 60, 64, LARGE)),
        onMemory(
            "5c",
            "1,000 connections in 1,000 rooms, 1,000 messages of 13 bytes each",
            "",
            siege -> send(siege, 1, 1_000, 1, 1_000, 13)),
        onMemory(
            "5d",
            "20 services, 12 connections each, 64 messages of 66 KB",
            "a round trip of 2 s: each of the 20 has a worker for a hook or two before anybody knows",
            siege -> send(siege, 20, 12, 1, 64, LARGE)));
  }

  private static void send(
      Siege siege, int services, int rooms, int membersOfRoom, int messages, int bytes)
      throws Exception {
    List<Crowd.Member> senders = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      siege.prepare("slow" + i, Modules.weapon());
      for (int member = 0; member < membersOfRoom; member++) {
        senders.addAll(siege.joinRooms("slow" + i, rooms));
      }
    }
    SlowHooks.warmUp(siege, senders.get(0));
    byte[] order = SlowHooks.order(50, bytes);
    for (int i = 0; i < messages; i++) {
      senders.forEach(sender -> sender.send(order));
    }
  }
}
