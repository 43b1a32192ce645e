package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.Mutants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Line 14: real modules with random damage, all the way: gate, engine, and a hook if they get in.
 * Only typed errors come back, and the victim goes on. {@code -Dsandbox.fuzz.mutants=100000} makes
 * more of them; every run makes the same. Endive, which is Chicory with other names, gets the first
 * quarter of them.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("servers")
@Timeout(7_200)
class MutationTest {
  private static final int MUTANTS = Integer.getInteger("sandbox.fuzz.mutants", 1_200);

  private enum End {
    REFUSED,
    NOT_INITIALISED,
    FAILED,
    RETURNED
  }

  private final AttackedServer server;
  private final Mutants mutants = new Mutants();
  private final Map<End, Integer> ends = new EnumMap<>(End.class);

  MutationTest(AttackedServer server) {
    this.server = server;
  }

  static Stream<AttackedServer> servers() {
    // A mutant that loops is stopped sooner than an attack elsewhere, because there are many.
    return Engines.NAMES.stream()
        .map(engine -> AttackedServer.open(engine, Map.of("limits.time", "250ms")));
  }

  @Test
  void onlyTypedErrorsEscape() throws Exception {
    List<byte[]> originals =
        Stream.concat(
                Made.REAL.stream().map(Made::bytes),
                Stream.of("echo", "count", "keep-and-count").map(Guests::wasm))
            .toList();
    int count = server.engine().equals("endive") ? MUTANTS / 4 : MUTANTS;
    for (int i = 0; i < count; i++) {
      byte[] mutant = mutants.of(originals.get(i % originals.size()));
      try {
        ends.merge(endOf(mutant), 1, Integer::sum);
      } catch (Throwable e) {
        throw new AssertionError("mutant " + i + ": " + HexFormat.of().formatHex(mutant), e);
      }
    }
    System.out.printf("%d mutants on %s: %s%n", count, server.engine(), ends);
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
}
