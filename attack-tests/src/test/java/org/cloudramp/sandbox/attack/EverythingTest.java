package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * All budgets of the process at once, each by as many services as it takes to have nearly all of
 * it: what guests hold, keys, messages that wait, what is not read, messages that do not end,
 * uploads that trickle, and compiles. Each of them alone is bounded; their sum has to fit the heap.
 */
class EverythingTest extends SurvivalTest {
  /** What guests and keys may have, and what is live of 20 services. */
  private static final int KEPT = 288;

  /** Of a room's memory: 4 MiB. */
  private static final int PAGES = 64;

  private static final int VALUE = 65_536;
  private static final int LARGE = 66_000;

  /** Who is alone gets half of most budgets; twelve get nearly all. */
  private static final int SERVICES = 12;

  private static final int COMPILES_AT_ONCE = 6;

  static Stream<Attack> attacks() {
    return Stream.of(
            onMemory(
                "23a",
                "every budget filled to nine tenths, by large pieces",
                "",
                siege -> besiege(siege, new Amounts(5, 70, 64, 4, 400, 6))),
            onMemory(
                    "23b",
                    "every budget filled and more, by large pieces",
                    "all live data at 400 to 498 of 512 MB, full collections one after the other, a"
                        + " newcomer waits 5 s",
                    siege -> besiege(siege, new Amounts(12, 200, 200, 40, 1_000, 30)))
                .notYet(), // the default budgets are more than the heap: it stands in collections
            onMemory(
                "23c",
                "every budget filled and more, by small pieces",
                "",
                EverythingTest::besiegeWithSmallPieces))
        .map(attack -> attack.mayKeep(KEPT));
  }

  /**
   * How much of everything.
   *
   * @param guests rooms with memory of 4 MiB, of each service
   * @param values of 64 KiB, of each service
   * @param queued messages of 66 KB, of each service
   * @param deaf members of each service who read nothing of 1 MB each
   * @param unfinished messages of 65 KB, every five seconds
   * @param uploads of 3 MB that never end, of modules and as many of source maps
   */
  private record Amounts(
      int guests, int values, int queued, int deaf, int unfinished, int uploads) {}

  private static void besiege(Siege siege, Amounts amounts) throws Exception {
    prepare(siege);
    List<Crowd.Member> writers = new ArrayList<>();
    List<Crowd.Member> deaf = new ArrayList<>();
    List<Crowd.Member> slow = new ArrayList<>();
    for (int i = 0; i < SERVICES; i++) {
      for (int j = 0; j < amounts.guests; j++) {
        siege.join("memory" + i, "room" + j);
      }
      writers.add(siege.join("all" + i, "keys"));
      for (int j = 0; j < amounts.deaf; j++) {
        deaf.add(siege.joinWithoutReading("all" + i, "deaf" + j));
      }
      for (int j = 0; j < 4; j++) {
        slow.add(siege.join("all" + i, "slow" + j));
      }
    }
    siege.awaitAnswers(writers);
    byte[] values = Modules.order('k', 10, VALUE, 24);
    for (int i = 0; i < amounts.values; i += 10) {
      writers.forEach(writer -> writer.send(values));
    }
    List<Crowd.Member> uploads = new ArrayList<>();
    for (int i = 0; i < amounts.uploads; i++) {
      uploads.add(siege.connect(upload(siege, "trickle" + i)));
      uploads.add(
          siege.connect(upload(siege, "all0/versions/" + "%064x".formatted(i) + "/source-map")));
    }
    siege.await(() -> deaf.stream().allMatch(member -> member.status() != 0));
    deaf.forEach(member -> member.send(Modules.order('s', 1_000_000, 1, 0)));
    siege.awaitAnswers(slow);
    byte[] message = SlowHooks.order(100, LARGE);
    for (int i = 0; i < amounts.queued / 4; i++) {
      slow.forEach(member -> member.send(message));
    }
    byte[] unfinished = WebSocketBytes.unfinished(WebSocketBytes.BINARY, new byte[65_000]);
    byte[] part = new byte[150_000];
    List<CompletableFuture<Integer>> compiles = new ArrayList<>();
    siege.again(
        round -> {
          if (round < 20) {
            uploads.forEach(upload -> upload.send(part));
          }
          if (round % 20 == 0) {
            for (int i = 0; i < amounts.unfinished; i++) {
              siege.join("open", "room" + i / 10).send(unfinished);
            }
          }
          long underWay = compiles.stream().filter(compile -> !compile.isDone()).count();
          for (long i = underWay; i < COMPILES_AT_ONCE; i++) {
            int number = compiles.size();
            compiles.add(
                siege.uploadLater("compiled" + number % 12, Modules.nops(2_900_000, number)));
          }
          Thread.sleep(250);
        });
  }

  private static void prepare(Siege siege) {
    siege.prepare("open", Modules.example("chat"));
    for (int i = 0; i < SERVICES; i++) {
      siege.prepare(
          "memory" + i, Modules.module(i).roomMemory().onStart(Modules.grow(PAGES - 1)).build());
      siege.prepare("all" + i, Modules.weapon());
    }
  }

  private static byte[] upload(Siege siege, String path) {
    return "PUT /api/services/%s HTTP/1.1\r\nHost: localhost:%d\r\n%s\r\nContent-Length: 4000000\r\n\r\n"
        .formatted(path, siege.port(), Credentials.header(Credentials.ADMIN))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void besiegeWithSmallPieces(Siege siege) throws Exception {
    prepare(siege);
    List<Crowd.Member> writers = new ArrayList<>();
    List<Crowd.Member> deaf = new ArrayList<>();
    List<Crowd.Member> slow = new ArrayList<>();
    for (int i = 0; i < SERVICES; i++) {
      for (int j = 0; j < 6; j++) {
        siege.join("memory" + i, "room" + j);
      }
      for (int j = 0; j < 40; j++) {
        deaf.add(siege.joinWithoutReading("all" + i, "deaf" + j));
        slow.add(siege.join("all" + i, "slow" + j));
      }
      for (int j = 0; j < 4; j++) {
        writers.add(siege.join("all" + i, "keys" + j));
      }
    }
    siege.await(() -> deaf.stream().allMatch(member -> member.status() != 0));
    siege.awaitAnswers(writers);
    byte[] keys = Modules.order('k', 120, 1, 24);
    byte[] texts = Modules.order('s', 10, 1_000, 0);
    byte[] message = SlowHooks.order(100, 13);
    byte[] first = WebSocketBytes.unfinished(WebSocketBytes.BINARY, new byte[1]);
    siege.again(
        round -> {
          writers.forEach(writer -> writer.send(keys));
          if (round < 10) {
            deaf.forEach(member -> member.send(texts));
            for (int i = 0; i < 100; i++) {
              slow.forEach(member -> member.send(message));
            }
            for (int i = 0; i < 300; i++) {
              siege.join("open", "room" + (300 * round + i) / 10).send(first);
            }
          }
          for (int i = 0; i < 200; i++) {
            siege.connect(
                WebSocketBytes.post(siege.port(), "all" + i % SERVICES, "O" + (200 * round + i)));
          }
          Thread.sleep(100);
        });
  }
}
