package org.cloudramp.sandbox.testkit.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.cloudramp.sandbox.testkit.engine.TestHost.host;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.error.GuestException;
import org.junit.jupiter.api.Test;

/** What happens when host functions fail. */
interface HostFunctionCases extends EngineCases {
  @Test
  default void whatAHostFunctionThrowsComesOutAsItIs() {
    CompiledModule module = compile("engine/endless");
    for (Throwable thrown :
        List.of(
            new IllegalStateException("of the host"),
            new IndexOutOfBoundsException("of the host, not of the guest"),
            new GuestException(GuestException.Kind.QUOTA, "of the host"),
            new OutOfMemoryError("of the host, not of the guest"),
            new AssertionError("of the host"),
            new IOException("checked, and thrown all the same"))) {
      HostImport host =
          host(
              "host",
              "call",
              (memory, arguments) -> {
                throw TestHost.<RuntimeException>asItIs(thrown);
              });
      Instance instance = open(module.instantiate(List.of(host), LIMITS));

      Throwable caught = catchThrowable(() -> call(instance, "loopHost"));

      assertThat(caught).isSameAs(thrown);
      instance.close();
    }
  }

  @Test
  default void aHostFunctionCannotEnterItsGuestAgain() {
    AtomicReference<GuestFunction> number = new AtomicReference<>();
    HostImport host =
        host("host", "call", (memory, arguments) -> requireNonNull(number.get()).call(PLENTY));
    Instance instance = instance("engine/endless", List.of(host));
    number.set(function(instance, "number"));

    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> call(instance, "callHostOnce"));
  }

  @Test
  default void aHostFunctionMayCallAnotherGuest() {
    Instance inner = instance("engine/numbers");
    HostImport host = host("host", "call", (memory, arguments) -> call(inner, "addI32", 1, 2));
    Instance outer = instance("engine/endless", List.of(host));

    assertThat(call(outer, "callHostOnce")).isZero();
  }
}
