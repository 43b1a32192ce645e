package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onTime;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a guest can ask the host for, as much of it as fits into a request. */
class RequestsTest extends SurvivalTest {
  /** Keys without a name take four bytes each: a request of 1 MB. */
  private static final int MANY = 250_000;

  static Stream<Attack> attacks() {
    return Stream.of(
        onTime(
                "17a",
                "kv.getMany of 250,000 keys, again and again in each hook, from 8 services",
                "hooks of 1.2 s: the keys are decoded before they are refused",
                siege -> ask(siege, 8, 1, Modules.order('g', MANY, 10_000, 0)))
            .alwaysInTurn(),
        onTime(
            "17b",
            "room.broadcast to all but 250,000 connections, again and again, from 8 services",
            "",
            siege -> ask(siege, 8, 1, Modules.order('x', MANY, 10_000, 0))),
        onTime(
            "17c",
            "kv.getMany of 250,000 keys once in each hook, from 20 services",
            "",
            siege -> ask(siege, 20, 1, Modules.order('g', MANY, 1, 0))),
        onTime(
            "17d",
            "kv.get of a key of 1 MB, from 8 services",
            "",
            siege -> ask(siege, 8, 2, Modules.order('f', 1_000_000, 0, 0))),
        onTime(
                "18a",
                "sandbox.result where none waits, a billion times, from 8 services",
                "no host call is counted on Chicory",
                siege -> ask(siege, 8, 1, Modules.order('r', 1_000_000_000, 0, 0)))
            .alwaysInTurn(),
        onTime(
            "18b",
            "sandbox.result that never fits, a billion times, from 8 services",
            "",
            siege -> ask(siege, 8, 1, Modules.order('q', 1_000_000_000, 0, 0))),
        onTime(
            "18c",
            "sandbox.result 9,000 times in each hook, from 20 services",
            "",
            siege -> ask(siege, 20, 1, Modules.order('r', 9_000, 0, 0))),
        onTime(
                "18d",
                "sandbox.result a billion times on wasmtime, from 8 services",
                "",
                siege -> ask(siege, 8, 1, Modules.order('r', 1_000_000_000, 0, 0)))
            .with("engine", "wasmtime"));
  }

  private static void ask(Siege siege, int services, int rooms, byte[] order) throws Exception {
    List<Crowd.Member> members = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      siege.prepare("asking" + i, Modules.weapon());
      members.addAll(siege.joinRooms("asking" + i, rooms));
    }
    siege.again(
        i -> {
          members.forEach(member -> member.send(order));
          siege.await(() -> members.stream().allMatch(Crowd.Member::isSent));
          Thread.sleep(10);
        });
  }
}
