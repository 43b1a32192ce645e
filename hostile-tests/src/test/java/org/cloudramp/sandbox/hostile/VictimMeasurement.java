package org.cloudramp.sandbox.hostile;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How long the victim's messages take while the whole corpus is uploaded and run, over and over,
 * with a budget of 100 ms a hook. {@code -Dmeasure.rounds=5} is how often.
 */
class VictimMeasurement {
  private static final int ROUNDS = Integer.getInteger("measure.rounds", 5);

  @ParameterizedTest
  @ValueSource(strings = {"chicory", "wasmtime"})
  void latencyBesideTheWholeCorpus(String engine) throws Exception {
    try (AttackedServer server = AttackedServer.open(engine, Map.of("limits.time", "100ms"))) {
      List<HostileInput> corpus = Corpus.all().toList();
      Map<String, Long> slowest = new TreeMap<>();
      for (int round = 0; round <= ROUNDS; round++) {
        if (round == 1) {
          Figures.print("%s, first round: %s", engine, victim(server));
          server.victim().forgetLatencies();
          slowest.clear();
        }
        for (HostileInput input : corpus) {
          long start = System.nanoTime();
          server.attack(input);
          slowest.merge(input.toString(), System.nanoTime() - start, Math::max);
        }
      }
      server.victim().assertGoesOn();
      Figures.print("%s, %d rounds of %d: %s", engine, ROUNDS, corpus.size(), victim(server));
      slowest.entrySet().stream()
          .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
          .limit(8)
          .forEach(
              slow -> Figures.print("  %4d ms %s", slow.getValue() / 1_000_000, slow.getKey()));
    }
  }

  private static String victim(AttackedServer server) {
    return "the victim's messages: " + Figures.percentiles(server.victim().latencies());
  }
}
