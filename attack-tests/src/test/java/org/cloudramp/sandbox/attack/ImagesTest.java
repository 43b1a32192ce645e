package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.util.stream.Stream;

/** Small modules with large memories: what a loaded version keeps to start its guests from. */
class ImagesTest extends SurvivalTest {
  /** As many uploads as one service may have within a minute. */
  private static final int VERSIONS = 30;

  /** Guests may keep what {@code guestMemory} allows: half of the heap. */
  private static final int KEPT = 256;

  static Stream<Attack> attacks() {
    return Stream.of(
            onMemory(
                    "1a",
                    "30 versions of a service with 256 pages, each joined once",
                    "OutOfMemoryError from the 15th on",
                    siege ->
                        siege.times(
                            VERSIONS,
                            i -> {
                              siege.upload("images", Modules.module(i).pages(256).build());
                              siege.joinAndWait("images", "room" + i);
                            }))
                .alwaysInTurn(),
            onMemory(
                "1b",
                "30 versions with 200 pages, 3 MB of them data that is not zero",
                "OutOfMemoryError from the 15th on",
                siege ->
                    siege.times(
                        VERSIONS,
                        i -> {
                          siege.upload(
                              "images", Modules.module(i).pages(200).data(3_000_000).build());
                          siege.joinAndWait("images", "room" + i);
                        })),
            onMemory(
                "1c",
                "60 services of one version with 256 pages, each joined once",
                "OutOfMemoryError from the 15th on",
                siege ->
                    siege.times(
                        2 * VERSIONS,
                        i -> {
                          siege.upload("images" + i, Modules.module(i).pages(256).build());
                          siege.joinAndWait("images" + i, "room");
                        })),
            onMemory(
                "1d",
                "two versions of 10 services with 256 pages, by rollback in turn, each joined each"
                    + " time",
                "OutOfMemoryError from the 15th on",
                siege -> {
                  for (int i = 0; i < 10; i++) {
                    siege.upload("images" + i, Modules.module(2 * i).pages(256).build());
                    siege.upload("images" + i, Modules.module(2 * i + 1).pages(256).build());
                  }
                  siege.again(
                      i -> {
                        siege.rollback("images" + i % 10);
                        siege.joinAndWait("images" + i % 10, "room" + i);
                      });
                }))
        .map(attack -> attack.mayKeep(KEPT));
  }
}
