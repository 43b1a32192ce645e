package org.cloudramp.sandbox.engine.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.dylibso.chicory.runtime.Memory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What no guest that passes the gate can do, compiled code might: every method that Chicory's
 * memories have is called with anything, and what was captured is restored all the same.
 */
class ArrayMemoryTest {
  private static final int PAGES = 2;
  private static final int SIZE = PAGES * Memory.PAGE_SIZE;

  private final ArrayMemory memory = new ArrayMemory(PAGES, 6);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whateverIsCalledWhatWasCapturedIsRestored(long seed) {
    Random random = new Random(seed);
    List<Method> methods = methodsThatMayWrite();
    callSome(methods, random, 50);
    byte[] captured = memory.capture();
    byte[] expected = captured.clone();

    for (int round = 0; round < 300; round++) {
      callSome(methods, random, random.nextInt(10));

      assertThat(memory.restore(captured)).isTrue();

      assertThat(contents()).isEqualTo(expected);
      assertThat(captured).isEqualTo(expected);
    }
  }

  @Test
  void aNumberThatBeginsWithinTheMemoryAndEndsBeyondIsRefusedAndChangesNothing() {
    byte[] captured = memory.capture();

    for (int address : new int[] {SIZE - 7, SIZE - 1, SIZE, -1, Integer.MIN_VALUE}) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> memory.writeLong(address, -1));
    }

    assertThat(contents()).isEqualTo(captured);
  }

  /**
   * All that Chicory declares, so that one it adds is not forgotten; but for those that need an
   * instance, which the contract tests with one.
   */
  private static List<Method> methodsThatMayWrite() {
    List<Method> methods = new ArrayList<>();
    for (Method method : Memory.class.getMethods()) {
      boolean isOfAnInstance =
          Modifier.isStatic(method.getModifiers()) || !method.getDeclaringClass().isInterface();
      if (!isOfAnInstance
          && !List.of("initialize", "initPassiveSegment", "drop").contains(method.getName())) {
        methods.add(method);
      }
    }
    methods.sort((one, other) -> one.toString().compareTo(other.toString()));
    assertThat(methods).hasSizeGreaterThan(40);
    return methods;
  }

  private void callSome(List<Method> methods, Random random, int times) {
    for (int i = 0; i < times; i++) {
      Method method = methods.get(random.nextInt(methods.size()));
      Object[] arguments =
          Arrays.stream(method.getParameterTypes())
              .map(type -> argument(type, random))
              .toArray(Object[]::new);
      try {
        method.invoke(memory, arguments);
      } catch (InvocationTargetException e) {
        assertThat(e.getCause()) // out of bounds, no such segment, or threads, which there are not
            .isInstanceOfAny(IndexOutOfBoundsException.class, UnsupportedOperationException.class);
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static Object argument(Class<?> type, Random random) {
    if (type == int.class) {
      return switch (random.nextInt(8)) {
        case 0 -> random.nextInt();
        case 1 -> random.nextInt(3);
        case 2 -> random.nextInt(10_000);
        case 3 -> (random.nextInt(SIZE) & -Memory.PAGE_SIZE) + random.nextInt(17) - 8;
        case 4 -> random.nextInt(SIZE);
        default -> (random.nextInt(SIZE) & -4_096) + random.nextInt(17) - 8;
      };
    }
    if (type == long.class) {
      return random.nextLong();
    }
    if (type == short.class) {
      return (short) random.nextInt();
    }
    if (type == byte.class) {
      return (byte) random.nextInt();
    }
    if (type == float.class) {
      return random.nextFloat();
    }
    if (type == double.class) {
      return random.nextDouble();
    }
    if (type == byte[].class) {
      byte[] bytes = new byte[random.nextInt(10_000)];
      random.nextBytes(bytes);
      return bytes;
    }
    if (type == String.class) {
      return "x".repeat(random.nextInt(10_000));
    }
    return StandardCharsets.UTF_8;
  }

  private byte[] contents() {
    byte[] contents = new byte[memory.pages() * Memory.PAGE_SIZE];
    memory.copyTo(0, contents, 0, contents.length);
    return contents;
  }
}
