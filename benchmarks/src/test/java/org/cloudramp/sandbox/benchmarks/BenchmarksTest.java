package org.cloudramp.sandbox.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Every benchmark runs, once, so that the next one who measures does not have to mend it first. */
class BenchmarksTest {
  @Test
  void everyBenchmarkRunsWithEveryGuestOnEachEngineAndEachStore() throws RunnerException {
    Collection<RunResult> results;
    try (RedisProcess redis = RedisProcess.start()) {
      results =
          new Runner(
                  new OptionsBuilder()
                      .param("uri", redis.uri())
                      .param(
                          "crowd",
                          "TEN_IN_SEVEN") // a thousand services take half a minute to publish
                      .mode(Mode.SingleShotTime)
                      .forks(0)
                      .warmupIterations(0)
                      .measurementIterations(1)
                      .shouldFailOnError(true)
                      .build())
              .run();
    }

    // Through the sandbox 3 methods × 2 engines × 3 guests, bare 2 × 3, in Java 1, with Extism 1,
    // with keys 2 methods × 2 × 7,
    // in a crowded table 2 engines × 2, the first hook 2 engines × 3 × 2, compiles 2,
    // in shared rooms 3 methods × 3 ways × 2, with memory 2 methods × 5 ways, to Redis and back 1.
    assertThat(results).hasSize(18 + 6 + 1 + 1 + 28 + 4 + 12 + 2 + 18 + 10 + 1);
  }
}
