package org.cloudramp.sandbox.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.cloudramp.sandbox.testkit.engine.EngineAssertions.assertDeadline;
import static org.cloudramp.sandbox.testkit.engine.TestHost.host;
import static org.cloudramp.sandbox.testkit.engine.TestHost.idleHost;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.testkit.engine.WasmEngineContract.Gap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How a call ends whose time is up, and what else may stop it. */
interface BudgetCases extends EngineCases {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "loop",
        "loopIf",
        "loopTable",
        "loopStores",
        "tree",
        "treeIndirect",
        "callHostThenLoop"
      })
  default void whatDoesNotComeBackIsStopped(String function) {
    CompiledModule module = compile("engine/endless");
    boolean takesNumber = function.equals("loopIf") || function.equals("loopStores");
    long[] arguments = takesNumber ? new long[] {0} : new long[0];

    for (int i = 0; i < 3; i++) {
      Instance instance = open(module.instantiate(List.of(idleHost()), LIMITS));

      assertDeadline(() -> function(instance, function).call(SHORT, arguments));

      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      instance.close();
    }
    Instance fresh = open(module.instantiate(List.of(idleHost()), LIMITS));
    assertThat((int) call(fresh, "number")).isEqualTo(42);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  default void aLoopOfHostCallsIsStopped() {
    Instance instance = instance("engine/endless", List.of(idleHost()));

    // Where a quota ends the loop, the budget must not be what ends it first, however slow the
    // machine.
    Duration budget =
        declared().contains(Gap.MANY_HOST_CALLS) ? Duration.ofSeconds(60) : Duration.ofMillis(200);

    Throwable thrown = catchThrowable(() -> function(instance, "loopHost").call(budget));

    assertThat(thrown).isInstanceOf(GuestException.class);
    GuestException.Kind kind = ((GuestException) thrown).kind();
    if (declared().contains(Gap.MANY_HOST_CALLS)) {
      printGap(Gap.MANY_HOST_CALLS);
      assertThat(kind).isEqualTo(GuestException.Kind.QUOTA);
    } else {
      assertThat(kind).isEqualTo(GuestException.Kind.DEADLINE);
    }
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  default void straightLineBulkOperationsAreStopped() {
    // Where they cannot be stopped, all of them run: much longer than the budget on a machine whose
    // memory is fast, and not for ever on one where it is slow.
    int pages = declared().contains(Gap.STOPS_BETWEEN_BULK_OPERATIONS) ? 64 : 256;
    CompiledModule module = open(started().compile(fills(3_000, pages)));
    Instance instance = open(module.instantiate(List.of(), new InstanceLimits(pages)));

    assertDeadline(() -> function(instance, "fill").call(SHORT));

    if (declared().contains(Gap.STOPS_BETWEEN_BULK_OPERATIONS)) {
      printGap(Gap.STOPS_BETWEEN_BULK_OPERATIONS);
    } else {
      assertThat(instance.memory().readInt(0)).as("the last fill's bytes").isNotEqualTo(0x07070707);
    }
  }

  @Test
  default void aBudgetThatIsUsedUpInAHostFunctionEndsTheCall() {
    AtomicBoolean interrupted = new AtomicBoolean();
    HostImport slow =
        host(
            "host",
            "call",
            (memory, arguments) -> {
              long end = System.nanoTime() + 10 * SHORT.toNanos();
              while (System.nanoTime() - end < 0) {
                if (Thread.currentThread().isInterrupted()) {
                  interrupted.set(true);
                }
                Thread.onSpinWait();
              }
              return 0;
            });
    Instance instance = instance("engine/endless", List.of(slow));

    assertDeadline(() -> function(instance, "callHostOnce").call(SHORT));

    assertThat(interrupted).as("a host function is never interrupted").isFalse();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  default void anInterruptFromBeforeTheCallIsKeptAndDoesNotStopTheGuest() {
    Instance instance = instance("engine/endless", List.of(idleHost()));
    GuestFunction spin = function(instance, "spin");

    Thread.currentThread().interrupt();
    Throwable thrown = catchThrowable(() -> spin.call(PLENTY, 1_000));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown).isNull();
  }

  @Test
  default void anInterruptDuringAHostFunctionIsKeptAndDoesNotStopTheGuest() {
    Instance instance = instance("engine/endless", List.of(interruptingHost()));
    GuestFunction once = function(instance, "callHostOnce");

    Throwable thrown = catchThrowable(() -> once.call(PLENTY));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown).isNull();
  }

  @Test
  default void anInterruptByOthersIsKeptWhenTheBudgetIsUsedUpAsWell() {
    Instance instance = instance("engine/endless", List.of(interruptingHost()));

    Throwable thrown = catchThrowable(() -> function(instance, "callHostThenLoop").call(SHORT));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(thrown).isInstanceOf(GuestException.class);
  }

  @Test
  default void noInterruptArrivesAfterACallThatEndsAboutInTime() {
    CompiledModule module = compile("engine/endless");
    Random random = new Random(7);
    Instance instance = open(module.instantiate(List.of(idleHost()), LIMITS));
    GuestFunction spin = function(instance, "spin");
    int stopped = 0;
    for (int i = 0; i < 300; i++) {
      try {
        spin.call(Duration.ofNanos(1 + random.nextInt(3_000_000)), 1 + random.nextInt(40_000_000));
      } catch (GuestException e) {
        assertThat(e.kind()).isEqualTo(GuestException.Kind.DEADLINE);
        stopped++;
        instance.close();
        instance = open(module.instantiate(List.of(idleHost()), LIMITS));
        spin = function(instance, "spin");
      }
      // An interrupt that comes late would be seen here, or in the next round.
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
    assertThat(stopped).as("calls that were stopped").isPositive();
  }

  private static HostImport interruptingHost() {
    return host(
        "host",
        "call",
        (memory, arguments) -> {
          Thread.currentThread().interrupt();
          return 0;
        });
  }
}
