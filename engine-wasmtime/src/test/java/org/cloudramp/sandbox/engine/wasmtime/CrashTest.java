package org.cloudramp.sandbox.engine.wasmtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.engine.GuestThread;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What would kill a JVM that uses the binding without care. A test fails here by the end of the JVM
 * that runs it; surefire reports that the fork has gone.
 */
@Timeout(300)
class CrashTest {
  private static final InstanceLimits LIMITS = new InstanceLimits(16);
  private static final Duration PLENTY = Duration.ofSeconds(60);

  private final WasmtimeEngine engine = new WasmtimeEngine();

  @BeforeEach
  void startEngine() {
    engine.start(PluginContext.empty());
  }

  @AfterEach
  void closeEngine() {
    engine.close();
  }

  @Test
  void threeMillionHostCalls() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    HostImport host = host((memory) -> calls.incrementAndGet());
    GuestThread.call(
        () -> {
          try (CompiledModule module = engine.compile(Guests.wasm("engine/endless"))) {
            while (calls.get() < 3_000_000) {
              try (Instance instance = module.instantiate(List.of(host), LIMITS)) {
                GuestFunction loop = instance.function("loopHost").orElseThrow();
                assertThatExceptionOfType(GuestException.class)
                    .isThrownBy(() -> loop.call(PLENTY))
                    .returns(GuestException.Kind.QUOTA, GuestException::kind);
              }
            }
          }
          return null;
        });
    assertThat(calls).hasValueGreaterThanOrEqualTo(3_000_000);
  }

  @Test
  void manyHostCallsFromOneInstance() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    HostImport host = host(memory -> calls.incrementAndGet());
    GuestThread.call(
        () -> {
          try (CompiledModule module = engine.compile(Guests.wasm("engine/endless"));
              Instance instance = module.instantiate(List.of(host), LIMITS)) {
            GuestFunction once = instance.function("callHostOnce").orElseThrow();
            for (int i = 0; i < 200_000; i++) {
              once.call(PLENTY);
            }
          }
          return null;
        });
    assertThat(calls).hasValue(200_000);
  }

  @Test
  void closeWhileAnotherThreadRunsTheGuest() throws Exception {
    try (CompiledModule module = engine.compile(Guests.wasm("engine/endless"))) {
      for (int i = 0; i < 50; i++) {
        CountDownLatch running = new CountDownLatch(1);
        HostImport host = host(memory -> running.countDown());
        Instance instance = module.instantiate(List.of(host), LIMITS);
        GuestFunction loop = instance.function("callHostThenLoop").orElseThrow();
        CompletableFuture<Throwable> outcome =
            GuestThread.start(() -> catchThrowable(() -> loop.call(Duration.ofMillis(20))));
        // On a busy machine the time may be up before the guest calls anybody.
        var unused = outcome.whenComplete((thrown, error) -> running.countDown());
        running.await();

        instance.close();

        assertThat(outcome.get()).isInstanceOf(GuestException.class);
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> loop.call(PLENTY));
      }
    }
  }

  @Test
  void closeWhileAnotherThreadReadsMemory() throws Exception {
    try (CompiledModule module = engine.compile(Guests.wasm("engine/memory"))) {
      for (int i = 0; i < 200; i++) {
        Instance instance = module.instantiate(List.of(), LIMITS);
        Memory memory = instance.memory();
        CountDownLatch reading = new CountDownLatch(2);
        List<CompletableFuture<Throwable>> readers = new ArrayList<>();
        for (int reader = 0; reader < 2; reader++) {
          readers.add(
              GuestThread.start(
                  () -> {
                    byte[] bytes = new byte[65_536];
                    reading.countDown();
                    while (true) {
                      try {
                        memory.writeInt(65_532, memory.readInt(0));
                        memory.read(0, bytes, 0, bytes.length);
                        memory.pages();
                      } catch (IllegalStateException e) {
                        if (String.valueOf(e.getMessage()).contains("closed")) {
                          return e;
                        }
                      }
                    }
                  }));
        }
        reading.await();

        instance.close();

        for (CompletableFuture<Throwable> reader : readers) {
          assertThat(reader.get()).isInstanceOf(IllegalStateException.class);
        }
      }
    }
  }

  @Test
  void twoThreadsInOneInstance() throws Exception {
    try (CompiledModule module = engine.compile(Guests.wasm("engine/memory"));
        Instance instance = module.instantiate(List.of(), LIMITS)) {
      List<CompletableFuture<Integer>> threads = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        threads.add(
            GuestThread.start(
                () -> {
                  int refused = 0;
                  for (int i = 0; i < 5_000; i++) {
                    try {
                      instance.function("count").orElseThrow().call(PLENTY);
                      instance.memory().restore(instance.memory().capture());
                    } catch (IllegalStateException e) {
                      refused++;
                    }
                  }
                  return refused;
                }));
      }
      for (CompletableFuture<Integer> thread : threads) {
        thread.get();
      }
      GuestThread.call(() -> instance.function("count").orElseThrow().call(PLENTY));
    }
  }

  @Test
  void theModuleIsClosedWhileInstancesAreMade() throws Exception {
    for (int i = 0; i < 50; i++) {
      CompiledModule module = engine.compile(Guests.wasm("engine/memory"));
      CountDownLatch making = new CountDownLatch(2);
      List<CompletableFuture<Throwable>> makers = new ArrayList<>();
      for (int maker = 0; maker < 2; maker++) {
        makers.add(
            GuestThread.start(
                () -> {
                  making.countDown();
                  return catchThrowable(
                      () -> {
                        while (true) {
                          try (Instance instance = module.instantiate(List.of(), LIMITS)) {
                            instance.function("count").orElseThrow().call(PLENTY);
                          }
                        }
                      });
                }));
      }
      making.await();

      module.close();

      for (CompletableFuture<Throwable> maker : makers) {
        assertThat(maker.get()).isInstanceOf(IllegalStateException.class);
      }
    }
  }

  @Test
  void theEngineIsClosedWhileGuestsRun() throws Exception {
    AtomicBoolean closed = new AtomicBoolean();
    CompiledModule module = engine.compile(Guests.wasm("engine/endless"));
    List<CompletableFuture<Throwable>> threads = new ArrayList<>();
    List<CountDownLatch> all = new ArrayList<>();
    for (int thread = 0; thread < 2; thread++) {
      CountDownLatch running = new CountDownLatch(1);
      all.add(running);
      threads.add(
          GuestThread.start(
              () -> {
                try (Instance instance =
                    module.instantiate(List.of(host(memory -> running.countDown())), LIMITS)) {
                  GuestFunction loop = instance.function("callHostThenLoop").orElseThrow();
                  Throwable first = catchThrowable(() -> loop.call(Duration.ofMillis(100)));
                  running.countDown(); // on a busy machine the time may be up before
                  while (!closed.get()) {
                    Thread.onSpinWait();
                  }
                  assertThatExceptionOfType(IllegalStateException.class)
                      .isThrownBy(() -> loop.call(PLENTY));
                  return first;
                }
              }));
    }
    for (CountDownLatch running : all) {
      running.await();
    }

    engine.close();
    closed.set(true);

    for (CompletableFuture<Throwable> thread : threads) {
      assertThat(thread.get())
          .asInstanceOf(InstanceOfAssertFactories.type(GuestException.class))
          .returns(GuestException.Kind.DEADLINE, GuestException::kind);
    }
    module.close();
  }

  @Test
  void threadsWithSmallStacks() throws Exception {
    try (CompiledModule module = engine.compile(Guests.wasm("engine/traps"))) {
      for (int stack : new int[] {192 << 10, 256 << 10, 384 << 10, 512 << 10, 1 << 20, 2 << 20}) {
        for (int i = 0; i < 20; i++) {
          Throwable thrown = thrownOnStack(stack, () -> catchThrowable(recursion(module)));

          // Either the engine refuses the thread, or the guest reaches the end of its own stack.
          // Which of them cannot be said of a size: the C library gives a new thread the stack of
          // an ended one, which may be four times as large as what was asked for.
          if (!(thrown instanceof IllegalStateException)) {
            assertThat(thrown)
                .asInstanceOf(InstanceOfAssertFactories.type(GuestException.class))
                .returns(GuestException.Kind.TRAPPED, GuestException::kind);
          }
        }
      }
    }
  }

  @Test
  void aThreadWhoseStackIsAlmostUsedUpIsRefused() throws Exception {
    try (CompiledModule module = engine.compile(Guests.wasm("engine/traps"))) {
      for (int i = 0; i < 20; i++) {
        Throwable thrown = thrownOnStack(2 << 20, () -> nearTheEndOfTheStack(recursion(module)));

        assertThat(thrown)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("has no room for a guest");
      }
    }
  }

  /** A guest that calls itself for ever. */
  private static ThrowingCallable recursion(CompiledModule module) {
    return () -> {
      try (Instance instance = module.instantiate(List.of(), LIMITS)) {
        instance.function("recurse").orElseThrow().call(PLENTY, 0);
      }
    };
  }

  /** What is thrown on a thread of its own, with that much stack. */
  private static Throwable thrownOnStack(int bytes, Supplier<@Nullable Throwable> work)
      throws Exception {
    CompletableFuture<@Nullable Throwable> outcome = new CompletableFuture<>();
    Thread thread = new Thread(null, () -> outcome.complete(work.get()), "stack", bytes);
    thread.start();
    thread.join();
    return outcome.get();
  }

  /**
   * Recurses to the end of the stack, comes back some way, so that Java itself can work there, and
   * makes the call.
   *
   * @return what the call threw
   */
  private static @Nullable Throwable nearTheEndOfTheStack(ThrowingCallable call) {
    int[] framesBack = {0};
    try {
      return deeper(call, framesBack);
    } catch (StackOverflowError e) {
      throw new AssertionError("the end of the stack was reached only here", e);
    }
  }

  @SuppressWarnings("InfiniteRecursion") // on purpose
  private static @Nullable Throwable deeper(ThrowingCallable call, int[] framesBack) {
    try {
      return deeper(call, framesBack);
    } catch (StackOverflowError e) {
      if (++framesBack[0] < 1_000) {
        throw e;
      }
      return catchThrowable(call);
    }
  }

  @Test
  void manyInstancesAreMadeAndClosed() throws Exception {
    GuestThread.call(
        () -> {
          try (CompiledModule module = engine.compile(Guests.wasm("engine/memory"))) {
            for (int i = 0; i < 5_000; i++) {
              try (Instance instance = module.instantiate(List.of(), LIMITS)) {
                instance.function("grow").orElseThrow().call(PLENTY, 15);
                instance.memory().writeInt(16 * Memory.PAGE_BYTES - 4, 1);
              }
            }
          }
          return null;
        });
  }

  @FunctionalInterface
  private interface HostCode {
    void run(Memory memory);
  }

  private static HostImport host(HostCode code) {
    return new HostImport() {
      @Override
      public FunctionImport target() {
        return new FunctionImport("host", "call", FunctionSignature.NOTHING);
      }

      @Override
      public long call(Memory memory, long... arguments) {
        code.run(memory);
        return 0;
      }
    };
  }
}
