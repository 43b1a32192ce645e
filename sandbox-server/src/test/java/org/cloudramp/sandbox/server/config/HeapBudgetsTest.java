package org.cloudramp.sandbox.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.cloudramp.sandbox.core.Sandbox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeapBudgetsTest {
  private static final long MEBIBYTE = 1 << 20;

  @TempDir java.nio.file.Path store;

  @Test
  void budgetsThatFitLeaveNothingToSay() {
    assertThat(
            HeapBudgets.complaint(Map.of("a", 50 * MEBIBYTE, "b", 30 * MEBIBYTE), 100 * MEBIBYTE))
        .isEmpty();
  }

  @Test
  void budgetsThatDoNotFitAreNamedTheLargestFirst() {
    assertThat(
            HeapBudgets.complaint(Map.of("a", 30 * MEBIBYTE, "b", 51 * MEBIBYTE), 100 * MEBIBYTE))
        .hasValueSatisfying(
            text -> assertThat(text).contains("81 MiB", "100 MiB", "-Xmx").endsWith("b 51, a 30"));
  }

  /** With the smallest heap for which the guests of four workers are a third. */
  @Test
  void theDefaultsFitTogether() {
    Map<String, Long> budgets;
    try (Sandbox sandbox =
        Sandbox.builder().settings(Map.of("store.filesystem.folder", store.toString())).build()) {
      budgets =
          new HashMap<>(
              HeapBudgets.of(ServerSettings.defaults(), sandbox.operator().heapBudgets()));
    }
    assertThat(budgets)
        .containsKeys("guestMemory", "compileMemory", "kv.memory.bytes", "server.queuedBytes");

    assertThat(
            HeapBudgets.complaint(
                budgets, Math.max(Runtime.getRuntime().maxMemory(), 320 * MEBIBYTE)))
        .isEmpty();
  }
}
