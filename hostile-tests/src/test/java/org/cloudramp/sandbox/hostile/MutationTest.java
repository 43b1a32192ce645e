package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.Wasm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Line 14: real modules with random damage, all the way: gate, engine, and a hook if they get in.
 * Only typed errors come back, and the victim goes on. {@code -Dsandbox.fuzz.mutants=100000} makes
 * more of them; every run makes the same.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("servers")
@Timeout(7_200)
class MutationTest {
  private static final int MUTANTS = Integer.getInteger("sandbox.fuzz.mutants", 2_000);

  /** Bytes that mean something: the ends of LEB128 numbers, types, forms, opcodes of interest. */
  private static final byte[] MEANINGFUL =
      Wasm.bytes(0x00, 0x01, 0x0b, 0x0e, 0x40, 0x60, 0x7f, 0x80, 0xfc, 0xff);

  private enum End {
    REFUSED,
    NOT_INITIALISED,
    FAILED,
    RETURNED
  }

  private final AttackedServer server;
  private final Random random = new Random(20_261_122);
  private final Map<End, Integer> ends = new EnumMap<>(End.class);

  MutationTest(AttackedServer server) {
    this.server = server;
  }

  static Stream<AttackedServer> servers() {
    // A mutant that loops is stopped sooner than an attack elsewhere, because there are many.
    return Stream.of("chicory", "wasmtime")
        .map(engine -> AttackedServer.open(engine, Map.of("limits.time", "250ms")));
  }

  @Test
  void onlyTypedErrorsEscape() throws Exception {
    List<byte[]> originals =
        Stream.concat(
                Made.REAL.stream().map(Made::bytes),
                Stream.of("echo", "count", "keep-and-count").map(Guests::wasm))
            .toList();
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = mutate(originals.get(i % originals.size()));
      try {
        ends.merge(endOf(mutant), 1, Integer::sum);
      } catch (Throwable e) {
        throw new AssertionError("mutant " + i + ": " + HexFormat.of().formatHex(mutant), e);
      }
    }
    System.out.printf("%d mutants on %s: %s%n", MUTANTS, server.engine(), ends);
    assertThat(ends).as("mutants by how they end").containsKeys(End.REFUSED, End.RETURNED);
    server.victim().assertGoesOn();
  }

  private End endOf(byte[] mutant) throws Exception {
    try {
      server.publish(mutant);
    } catch (ModuleException e) {
      assertThat(e.getMessage())
          .hasSizeLessThan(2_000)
          .doesNotContainPattern("[\\p{Cntrl}&&[^\n\t]]");
      return End.REFUSED;
    } catch (GuestException e) {
      return End.NOT_INITIALISED;
    }
    HookResult result = server.say("hello");
    if (result.outcome() instanceof HookOutcome.Failed failed) {
      assertThat(failed.cause()).isInstanceOf(GuestException.class);
      assertThat(failed.cause().getMessage()).doesNotContain("internal error");
      return End.FAILED;
    }
    return End.RETURNED;
  }

  private byte[] mutate(byte[] original) {
    byte[] mutant = original.clone();
    for (int damages = 1 + random.nextInt(4); damages > 0; damages--) {
      mutant = damage(mutant);
    }
    return mutant;
  }

  private byte[] damage(byte[] wasm) {
    int at = random.nextInt(wasm.length);
    int end = Math.min(wasm.length, at + 1 + random.nextInt(8));
    byte[] head = Arrays.copyOf(wasm, at);
    byte[] piece = Arrays.copyOfRange(wasm, at, end);
    byte[] tail = Arrays.copyOfRange(wasm, end, wasm.length);
    switch (random.nextInt(6)) {
      case 0 -> piece[0] ^= (byte) (1 << random.nextInt(8));
      case 1 -> piece[0] = (byte) random.nextInt(256);
      case 2 -> piece[0] = MEANINGFUL[random.nextInt(MEANINGFUL.length)];
      case 3 -> random.nextBytes(piece);
      case 4 -> piece = Wasm.concat(piece, piece);
      default -> piece = new byte[0];
    }
    byte[] damaged = Wasm.concat(head, piece, tail);
    return damaged.length == 0 ? wasm : damaged;
  }
}
