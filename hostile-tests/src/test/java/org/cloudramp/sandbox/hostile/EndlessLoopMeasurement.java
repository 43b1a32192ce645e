package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How long after its deadline an endless loop with a budget of 50 ms is stopped, a thousand times
 * in a row, and whether the next event succeeds.
 */
class EndlessLoopMeasurement {
  private static final int ROUNDS = Integer.getInteger("measure.rounds", 1_000);
  private static final Duration BUDGET = Duration.ofMillis(50);

  @ParameterizedTest
  @ValueSource(strings = {"chicory", "wasmtime"})
  void overrun(String engine) throws Exception {
    try (AttackedServer server = AttackedServer.open(engine, Map.of("limits.time", "50ms"))) {
      server.publish(Corpus.ATTACKS.get());
      for (int i = 0; i < 20; i++) {
        server.say("fine");
      }
      int threads = Thread.activeCount();
      int well = 0;
      List<Long> overruns = new ArrayList<>();
      for (int i = 0; i < ROUNDS; i++) {
        HookResult stopped = server.say("L");
        assertThat(stopped.outcome()).isInstanceOf(HookOutcome.Failed.class);
        overruns.add(stopped.elapsed().minus(BUDGET).toNanos());
        well += server.say("fine").outcome() instanceof HookOutcome.Completed ? 1 : 0;
      }
      Collections.sort(overruns);
      long late = overruns.stream().filter(nanos -> nanos > 100_000_000L).count();
      Figures.print(
          "%s: %d loops stopped after the deadline: %s; %d of them later than 100 ms;"
              + " the next event succeeded %d times; threads before %d, after %d",
          engine, ROUNDS, Figures.percentiles(overruns), late, well, threads, Thread.activeCount());
    }
  }
}
