package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onTime;
import static org.cloudramp.sandbox.testkit.Wasm.bytes;
import static org.cloudramp.sandbox.testkit.Wasm.repeat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/** Modules within the gate's limits that take long to compile. */
class CompilesTest extends SurvivalTest {
  static Stream<Attack> attacks() {
    return Stream.of(
        onTime(
                "15a",
                "4 services upload modules of branches and arithmetic, 10 s of compiling each",
                "12 s of a processor each, 30 a minute of each service",
                siege -> uploadAgain(siege, 4, CompilesTest::branches))
            .always(),
        onTime(
            "15b",
            "8 services upload modules of 19,900 functions",
            "6 s of a processor each",
            siege -> uploadAgain(siege, 8, i -> Modules.emptyFunctions(19_900, i))),
        onTime(
            "15c",
            "20 services upload modules of 1,000 functions, as often as they may",
            "",
            siege -> uploadAgain(siege, 20, i -> Modules.emptyFunctions(1_000, i))),
        onTime(
            "15d",
            "4 services upload modules that no JVM takes, which the compiler finds out at the"
                + " end",
            "",
            siege -> uploadAgain(siege, 4, CompilesTest::refusedLate)),
        onTime(
                "16a",
                "4 services upload such modules while another, evicted, is joined again",
                "the evicted service waits 8.5 s",
                siege -> besideAnEvictedService(siege, 4, CompilesTest::branches))
            .with("slots", "8"),
        onTime(
                "16b",
                "20 services upload modules of 1,000 functions while an evicted one is joined"
                    + " again",
                "",
                siege -> besideAnEvictedService(siege, 20, i -> Modules.emptyFunctions(1_000, i)))
            .with("slots", "8"),
        onTime(
                "16c",
                "12 services of which each is evicted, with 3 s of compiling each, are joined"
                    + " in turn",
                "",
                siege -> besideAnEvictedService(siege, 12, i -> Modules.emptyFunctions(10_000, i)))
            .with("slots", "8"),
        onTime(
                "16d",
                "4 services upload such modules while one that is evicted is joined; compiles"
                    + " one at a time",
                "",
                siege -> besideAnEvictedService(siege, 4, CompilesTest::branches))
            .with("slots", "8")
            .with("concurrentCompiles", "1"));
  }

  /** 120,000 branches, and as much arithmetic as there may be beside them. */
  private static byte[] branches(int number) {
    Modules.Builder module = Modules.module(number);
    for (int i = 0; i < 600; i++) {
      module.function(repeat(200, bytes(0x02, 0x40, 0x41, 0, 0x0d, 0, 0x0b))); // block br_if
    }
    for (int i = 0; i < 500; i++) {
      module.function(arithmetic(700));
    }
    return module.build();
  }

  /** The last function is longer than a method of Java may be. */
  private static byte[] refusedLate(int number) {
    Modules.Builder module = Modules.module(number);
    for (int i = 0; i < 600; i++) {
      module.function(repeat(200, bytes(0x02, 0x40, 0x41, 0, 0x0d, 0, 0x0b)));
    }
    return module.function(arithmetic(18_000)).build();
  }

  private static byte[] arithmetic(int times) {
    // Adds two constants and drops the sum.
    return repeat(times, bytes(0x41, 1, 0x41, 2, 0x6a, 0x1a));
  }

  private static void uploadAgain(Siege siege, int services, IntFunction<byte[]> module)
      throws Exception {
    List<CompletableFuture<Integer>> uploads = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      uploads.add(siege.uploadLater("compiled" + i, module.apply(i)));
    }
    siege.again(time -> uploadNext(siege, uploads, module, time));
  }

  /** Each service has one upload on its way. */
  private static void uploadNext(
      Siege siege, List<CompletableFuture<Integer>> uploads, IntFunction<byte[]> module, int time)
      throws InterruptedException {
    for (int i = 0; i < uploads.size(); i++) {
      if (uploads.get(i).isDone()) {
        uploads.set(
            i, siege.uploadLater("compiled" + i, module.apply(uploads.size() * (time + 1) + i)));
      }
    }
    Thread.sleep(20);
  }

  private static void besideAnEvictedService(Siege siege, int services, IntFunction<byte[]> module)
      throws Exception {
    int resting = 8;
    for (int i = 0; i < resting; i++) {
      siege.prepare("resting" + i, Modules.example("chat"));
    }
    // Whatever is joined afterwards takes their places in the table.
    for (int i = 0; i < 8; i++) {
      siege.prepare("filler" + i, Modules.module(i).build());
      siege.joinAndWait("filler" + i, "room");
    }
    List<CompletableFuture<Integer>> uploads = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      uploads.add(siege.uploadLater("compiled" + i, module.apply(i)));
    }
    siege.times(
        resting,
        time -> {
          for (int i = 0; i < 20; i++) {
            uploadNext(siege, uploads, module, 20 * time + i);
          }
          siege.mustBeAnswered(
              "a newcomer of an evicted service", siege.join("resting" + time, "room"));
        });
  }
}
