package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.util.function.IntFunction;
import java.util.stream.Stream;

/** Megabytes of code that does nothing: what stays of it after the compile. */
class CodeTest extends SurvivalTest {
  static Stream<Attack> attacks() {
    return Stream.of(
        onMemory(
                "2a",
                "4 versions of a service with 3 MB of nop",
                "215 MB of heap each; OutOfMemoryError at the third",
                siege -> upload(siege, 4, i -> Modules.nops(2_900_000, i)))
            .alwaysInTurn(),
        onMemory(
            "2b",
            "6 versions of a service with 19,000 empty functions",
            "",
            siege -> upload(siege, 6, i -> Modules.emptyFunctions(19_000, i))),
        onMemory(
            "2c",
            "4 versions of a service with 1.4 million constants",
            "",
            siege -> upload(siege, 4, i -> Modules.constants(4_000_000, i))),
        onMemory(
            "2d",
            "8 services with 1.5 MB of nop each, joined once",
            "",
            siege ->
                siege.times(
                    8,
                    i -> {
                      siege.upload("code" + i, Modules.nops(1_500_000, i));
                      siege.joinAndWait("code" + i, "room");
                    })));
  }

  private static void upload(Siege siege, int versions, IntFunction<byte[]> module)
      throws Exception {
    siege.times(
        versions,
        i -> {
          siege.upload("code", module.apply(i));
          siege.joinAndWait("code", "room" + i);
        });
  }
}
