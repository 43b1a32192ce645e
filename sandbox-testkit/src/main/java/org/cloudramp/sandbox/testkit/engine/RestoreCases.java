package org.cloudramp.sandbox.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.api.engine.Memory.PAGE_BYTES;

import java.util.List;
import java.util.Random;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.Memory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A memory that is put back holds the image and nothing else, whatever was written and by which
 * instruction: the next to run in it is another room. An engine may copy only what has changed, so
 * writes are at random, with a liking for the edges of pages and of what may be a unit of copying.
 */
interface RestoreCases extends EngineCases {
  List<String> NUMBERS =
      List.of(
          "i32.store",
          "i32.store8",
          "i32.store16",
          "i64.store",
          "i64.store8",
          "i64.store16",
          "i64.store32",
          "f32.store",
          "f64.store");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  default void restoringLeavesNothingOfWhatWasWritten(long seed) {
    Random random = new Random(seed);
    CompiledModule module = compile("engine/stores");
    Instance source = open(module.instantiate(List.of(), LIMITS));
    scribble(random, source, 30);
    Memory.Image image = source.memory().capture();
    byte[] expected = contents(source);
    scribble(random, source, 30);
    Memory.Image later = source.memory().capture();
    byte[] expectedLater = contents(source);
    Instance other = open(module.instantiate(List.of(), LIMITS));

    for (int round = 0; round < 60; round++) {
      Instance instance = random.nextBoolean() ? source : other;
      boolean isLater = random.nextInt(8) == 0;
      scribble(random, instance, random.nextInt(12));

      assertThat(instance.memory().restore(isLater ? later : image)).isTrue();

      assertThat(contents(instance)).isEqualTo(isLater ? expectedLater : expected);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {7, 8, 9})
  default void restoringLeavesNothingOfWhatWasWrittenToAGrownMemory(long seed) {
    Random random = new Random(seed);
    CompiledModule module = compile("engine/stores");
    Instance instance = open(module.instantiate(List.of(), LIMITS));
    scribble(random, instance, 30);
    Memory.Image image = instance.memory().capture();
    byte[] expected = contents(instance);

    for (int round = 0; round < 20; round++) {
      scribble(random, instance, random.nextInt(12));
      call(instance, "grow", random.nextInt(3));
      scribble(random, instance, random.nextInt(12));

      if (!instance.memory().restore(image)) {
        return; // it says that it cannot, and is to be closed
      }

      assertThat(contents(instance)).isEqualTo(expected);
    }
  }

  /** Writes to the memory, as its guest or as its host. */
  private void scribble(Random random, Instance instance, int times) {
    for (int i = 0; i < times; i++) {
      int size = instance.memory().pages() * PAGE_BYTES;
      int length = random.nextInt(random.nextBoolean() ? 26 : 20_000);
      int address = address(random, size - length - 1);
      switch (random.nextInt(14)) {
        case 0 -> instance.memory().writeInt(address(random, size - 4), random.nextInt());
        case 1 -> {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          instance.memory().write(address, bytes, 0, length);
        }
        case 2 -> call(instance, "fill", address, random.nextInt(256), length);
        case 3 -> call(instance, "copy", address, address(random, size - length), length);
        case 4 -> call(instance, "init", address(random, size - 26), 0, random.nextInt(27));
        case 5 -> call(instance, "far", address(random, size - 4_093 - 8), random.nextLong());
        default ->
            call(
                instance,
                NUMBERS.get(random.nextInt(NUMBERS.size())),
                address(random, size - 8),
                random.nextLong());
      }
    }
  }

  /**
   * From 0 to {@code last}: anywhere, or within eight bytes of a multiple of 1,024, or at an end.
   */
  private static int address(Random random, int last) {
    int any = random.nextInt(last + 1);
    int address =
        switch (random.nextInt(6)) {
          case 0 -> 0;
          case 1 -> last;
          case 2 -> any;
          default -> (any & -1_024) + random.nextInt(17) - 8;
        };
    return Math.max(0, Math.min(last, address));
  }

  private static byte[] contents(Instance instance) {
    byte[] contents = new byte[instance.memory().pages() * PAGE_BYTES];
    instance.memory().read(0, contents, 0, contents.length);
    return contents;
  }
}
