package org.cloudramp.sandbox.testkit.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.cloudramp.sandbox.testkit.engine.TestHost.host;
import static org.cloudramp.sandbox.testkit.engine.TestHost.idleHost;

import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;

/** Closing, and what is left afterwards. */
interface EndCases extends EngineCases {
  @Test
  default void afterItsCloseAnInstanceRefusesEverything() {
    Instance instance = instance("engine/memory");
    GuestFunction size = function(instance, "size");
    Memory memory = instance.memory();
    Memory.Image image = memory.capture();
    byte[] bytes = new byte[4];

    instance.close();
    instance.close();

    for (ThrowingCallable use :
        List.<ThrowingCallable>of(
            () -> instance.function("size"),
            instance::memory,
            () -> size.call(PLENTY),
            memory::pages,
            () -> memory.readInt(0),
            () -> memory.writeInt(0, 1),
            () -> memory.read(0, bytes, 0, 4),
            () -> memory.write(0, bytes, 0, 4),
            memory::capture,
            () -> memory.restore(image))) {
      assertThatExceptionOfType(IllegalStateException.class).isThrownBy(use);
    }
  }

  @Test
  default void anImageOutlivesTheInstanceItWasTakenFrom() {
    CompiledModule module = compile("engine/memory");
    Instance instance = open(module.instantiate(List.of(), LIMITS));
    instance.memory().writeInt(0, 7);
    Memory.Image image = instance.memory().capture();
    instance.close();
    Instance other = open(module.instantiate(List.of(), LIMITS));

    assertThat(other.memory().restore(image)).isTrue();

    assertThat(other.memory().readInt(0)).isEqualTo(7);
  }

  @Test
  default void anInstanceOutlivesItsModule() {
    CompiledModule module = compile("engine/memory");
    Instance instance = open(module.instantiate(List.of(), LIMITS));

    module.close();
    module.close();

    assertThat((int) call(instance, "count")).isEqualTo(2);
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> module.instantiate(List.of(), LIMITS));
  }

  @Test
  default void aHostFunctionMayCloseTheInstanceThatCallsIt() {
    AtomicReference<Instance> self = new AtomicReference<>();
    HostImport closes =
        host(
            "host",
            "call",
            (memory, arguments) -> {
              requireNonNull(self.get()).close();
              return 0;
            });
    Instance instance = instance("engine/endless", List.of(closes));
    self.set(instance);
    GuestFunction once = function(instance, "callHostOnce");

    Throwable thrown = catchThrowable(() -> once.call(PLENTY));

    assertThat(thrown)
        .satisfiesAnyOf(
            t -> assertThat(t).isNull(),
            t -> assertThat(t).isInstanceOf(GuestException.class),
            t -> assertThat(t).isInstanceOf(IllegalStateException.class));
    assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> once.call(PLENTY));
  }

  @Test
  default void anEngineThatNeverStartedCompilesNothingAndCanBeClosed() {
    WasmEngine another = notStarted();
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> another.compile(Guests.wasm("engine/numbers")));
    another.close();
    another.close();
  }

  @Test
  default void noThreadOutlivesItsEngine() throws Exception {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    WasmEngine another = notStarted();
    another.start(PluginContext.empty());
    try (CompiledModule module = another.compile(Guests.wasm("engine/endless"))) {
      for (int i = 0; i < 20; i++) {
        try (Instance instance = module.instantiate(List.of(idleHost()), LIMITS)) {
          call(instance, "number");
        }
      }
    }
    Set<Thread> running = Thread.getAllStackTraces().keySet();

    another.close();

    for (Thread thread : running) {
      // The JVM starts threads as well, in a group of their own.
      ThreadGroup group = thread.getThreadGroup();
      if (!before.contains(thread) && group != null && !group.getName().equals("system")) {
        thread.join(10_000);
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }

  @Test
  default void theServiceLoaderFindsTheEngineByItsName() {
    assertThat(started().name()).matches("[a-z][a-zA-Z0-9]{0,31}");
    assertThat(ServiceLoader.load(WasmEngine.class))
        .anyMatch(
            found ->
                found.name().equals(started().name()) && found.getClass() == started().getClass());
  }
}
