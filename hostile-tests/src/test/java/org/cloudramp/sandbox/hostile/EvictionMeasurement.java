package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the process takes when a thousand modules are loaded and evicted five times over. Linux
 * only: it reads the resident size from {@code /proc}.
 */
class EvictionMeasurement {
  private static final int MODULES = Integer.getInteger("measure.modules", 1_000);
  private static final int ROUNDS = Integer.getInteger("measure.rounds", 5);

  @ParameterizedTest
  @ValueSource(strings = {"chicory", "wasmtime"})
  void memoryOverRounds(String engine) throws IOException {
    try (AttackedServer server = EvictionTest.open(engine)) {
      List<ServiceId> services = EvictionTest.publish(server, MODULES);
      print(engine, 0);
      for (int round = 1; round <= ROUNDS; round++) {
        for (ServiceId service : services) {
          assertThat(EvictionTest.run(server, service)).isEqualTo(new HookOutcome.Completed());
        }
        print(engine, round);
      }
    }
  }

  private static void print(String engine, int round) throws IOException {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Figures.print(
        "%s, round %d: metaspace %.1f MB, code cache %.1f MB, heap %.1f MB, resident %d MB,"
            + " classes %d",
        engine,
        round,
        pools("Metaspace") + pools("Compressed Class Space"),
        pools("Code"),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1e6,
        residentKilobytes() / 1_000,
        ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
  }

  private static double pools(String name) {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getName().startsWith(name))
            .map(MemoryPoolMXBean::getUsage)
            .mapToLong(usage -> usage.getUsed())
            .sum()
        / 1e6;
  }

  private static long residentKilobytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .sum();
  }
}
