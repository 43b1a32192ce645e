package org.cloudramp.sandbox.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.cloudramp.sandbox.testkit.engine.TestHost.host;
import static org.cloudramp.sandbox.testkit.engine.TestHost.idleHost;

import java.util.Collections;
import java.util.List;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.testkit.engine.WasmEngineContract.Gap;
import org.junit.jupiter.api.Test;

/** Whether an engine can tell where a guest was when its call failed. */
interface PlaceCases extends EngineCases {
  @Test
  default void whoeverTrapsIsToldTheFunctionsThatWereRunning() {
    assumeNo(Gap.NAMES_RUNNING_FUNCTIONS);
    CompiledModule module = compile("engine/places");

    assertThat(running(module, "trap", idleHost())).containsExactly(1, 2, 3);
    assertThat(running(module, "divide", idleHost())).containsExactly(9);
    assertThat(running(module, "load", idleHost())).containsExactly(10);
  }

  @Test
  default void whoeverRunsOutOfTimeIsToldTheFunctionsThatWereRunning() {
    assumeNo(Gap.NAMES_RUNNING_FUNCTIONS);
    CompiledModule module = compile("engine/places");
    Instance instance = open(module.instantiate(List.of(idleHost()), LIMITS));

    Throwable late = catchThrowable(() -> function(instance, "loop").call(SHORT));

    assertThat(module.functionsRunningIn(late)).containsExactly(4);
  }

  @Test
  default void ofAnExhaustedStackTheInnermostFunctionsAreTold() {
    assumeNo(Gap.NAMES_RUNNING_FUNCTIONS);

    assertThat(running(compile("engine/places"), "recurse", idleHost()))
        .isEqualTo(Collections.nCopies(CompiledModule.MAX_FUNCTIONS, 5));
  }

  @Test
  default void whatAHostFunctionThrowsHasTheFunctionsThatCalledIt() {
    assumeNo(Gap.NAMES_RUNNING_FUNCTIONS);
    CompiledModule module = compile("engine/places");
    HostImport host =
        host(
            "host",
            "call",
            (memory, arguments) -> {
              throw new IllegalStateException("of the host");
            });
    Instance instance = open(module.instantiate(List.of(host), LIMITS));

    Throwable thrown = catchThrowable(() -> call(instance, "callHost"));

    assertThat(module.functionsRunningIn(thrown)).containsExactly(7, 8);
    assertThat(module.functionsRunningIn(new RuntimeException(thrown))).containsExactly(7, 8);
  }

  @Test
  default void whatNoGuestHasCausedHasNoFunctions() {
    CompiledModule module = compile("engine/places");
    RuntimeException of = new RuntimeException("elsewhere");
    RuntimeException circle = new RuntimeException(of);
    of.initCause(circle);

    assertThat(module.functionsRunningIn(new RuntimeException("elsewhere"))).isEmpty();
    assertThat(module.functionsRunningIn(circle)).isEmpty();
  }

  private List<Integer> running(CompiledModule module, String function, HostImport host) {
    Instance instance = open(module.instantiate(List.of(host), LIMITS));
    Throwable thrown = catchThrowable(() -> call(instance, function));
    assertThat(thrown).isNotNull();
    return module.functionsRunningIn(thrown);
  }
}
