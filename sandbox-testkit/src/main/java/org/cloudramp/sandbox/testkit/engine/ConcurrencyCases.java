package org.cloudramp.sandbox.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.testkit.engine.EngineAssertions.assertDeadline;
import static org.cloudramp.sandbox.testkit.engine.TestHost.idleHost;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;

/** Instances beside each other, and on many threads. */
interface ConcurrencyCases extends EngineCases {
  @Test
  default void instancesDoNotShareAnything() {
    CompiledModule module = compile("engine/memory");
    Instance one = open(module.instantiate(List.of(), LIMITS));
    Instance other = open(module.instantiate(List.of(), LIMITS));

    for (int i = 0; i < 10; i++) {
      call(one, "count");
    }
    call(one, "grow", 1);

    assertThat((int) call(other, "count")).isEqualTo(2);
    assertThat((int) call(other, "size")).isEqualTo(1);
    assertThat((int) call(one, "count")).isEqualTo(22);
  }

  @Test
  default void aTableThatHasGrownIsNotLargerElsewhere() {
    CompiledModule module = compile("engine/traps");
    Instance grown = open(module.instantiate(List.of(), LIMITS));

    assertThat((int) call(grown, "growTable")).isEqualTo(3);
    assertThat((int) call(grown, "growTable")).isEqualTo(-1);

    assertThat((int) call(grown, "tableSize")).isEqualTo(4);
    assertThat((int) call(open(module.instantiate(List.of(), LIMITS)), "tableSize")).isEqualTo(3);
  }

  @Test
  default void manyInstancesOfOneModuleRunOnManyThreads() {
    CompiledModule module = compile("engine/memory");
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int thread = 0; thread < 8; thread++) {
      int mark = 1 + thread;
      threads.add(
          GuestThread.start(
              () -> {
                for (int round = 0; round < 25; round++) {
                  try (Instance instance = module.instantiate(List.of(), LIMITS)) {
                    GuestFunction count = function(instance, "count");
                    instance.memory().writeInt(100, mark);
                    for (int i = 1; i <= 200; i++) {
                      assertThat((int) count.call(PLENTY)).isEqualTo(2 * i);
                    }
                    assertThat((int) call(instance, "load", 100)).isEqualTo(mark);
                  }
                }
                return null;
              }));
    }
    threads.forEach(CompletableFuture::join);
  }

  @Test
  default void modulesCompileOnManyThreads() {
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (String guest : List.of("engine/traps", "engine/memory", "engine/numbers", "echo")) {
      threads.add(
          GuestThread.start(
              () -> {
                for (int i = 0; i < 5; i++) {
                  started().compile(Guests.wasm(guest)).close();
                }
                return null;
              }));
    }
    threads.forEach(CompletableFuture::join);
  }

  @Test
  default void anInstanceMayMoveFromThreadToThread() throws Exception {
    Instance instance = instance("engine/memory");
    GuestFunction count = function(instance, "count");

    for (int i = 1; i <= 20; i++) {
      assertThat((int) (long) GuestThread.call(() -> count.call(PLENTY))).isEqualTo(2 * i);
    }
  }

  @Test
  default void budgetsOfManyThreadsDoNotDisturbEachOther() {
    CompiledModule module = compile("engine/endless");
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      boolean endless = thread % 2 == 0;
      threads.add(
          GuestThread.start(
              () -> {
                for (int i = 0; i < 5; i++) {
                  try (Instance instance = module.instantiate(List.of(idleHost()), LIMITS)) {
                    if (endless) {
                      assertDeadline(() -> function(instance, "loop").call(SHORT));
                    } else {
                      for (int n = 0; n < 200; n++) {
                        function(instance, "spin").call(PLENTY, 10_000);
                      }
                    }
                    assertThat(Thread.currentThread().isInterrupted()).isFalse();
                  }
                }
                return null;
              }));
    }
    threads.forEach(CompletableFuture::join);
  }
}
