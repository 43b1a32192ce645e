package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.core.Operator;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.Wasm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** More services than slots: each is loaded, evicted, and loaded again, on each engine. */
@ParameterizedClass(name = "{0}")
@MethodSource("servers")
@Timeout(300)
class EvictionTest {
  static final int SLOTS = 8;
  private static final int SERVICES = 40;

  private final AttackedServer server;

  EvictionTest(AttackedServer server) {
    this.server = server;
  }

  static Stream<AttackedServer> servers() {
    return Engines.NAMES.stream().map(EvictionTest::open);
  }

  static AttackedServer open(String engine) {
    return AttackedServer.open(
        engine, Map.of("slots", Integer.toString(SLOTS), "limits.time", "2s"));
  }

  @Test
  void guestsRunAfterEveryEvictionAndTheirMemoryIsGivenBack() {
    List<ServiceId> services = publish(server, SERVICES);
    for (int round = 0; round < 2; round++) {
      for (ServiceId service : services) {
        assertThat(run(server, service)).isEqualTo(new HookOutcome.Completed());
      }
      assertThat(server.sandbox().operator().slots()).hasSizeLessThanOrEqualTo(SLOTS);
      // What was evicted last may still be on its way out.
      await().untilAsserted(this::assertThatTheMemoryIsBack);
    }
  }

  /**
   * An idle instance has one page of 64 KiB; only the victim's may run now, with up to 256. The
   * code of those without a slot is kept on purpose, and has a bound of its own.
   */
  private void assertThatTheMemoryIsBack() {
    Operator operator = server.sandbox().operator();
    assertThat(operator.guestMemory() - operator.keptCode().bytes())
        .isLessThan((SLOTS + 256L + 16) * 65_536);
  }

  /** Publishes as many services, each with a module of its own. */
  static List<ServiceId> publish(AttackedServer server, int count) {
    byte[] echo = Guests.wasm("echo");
    return Stream.iterate(0, i -> i + 1)
        .limit(count)
        .map(
            i -> {
              ServiceId service = new ServiceId("service-" + i);
              byte[] label = Wasm.section(0, Wasm.name("label"), Wasm.name("number " + i));
              server.sandbox().publish(service, Wasm.concat(echo, label));
              return service;
            })
        .toList();
  }

  static HookOutcome run(AttackedServer server, ServiceId service) {
    return server
        .sandbox()
        .dispatch(
            new HookCall.Message(
                new RoomAddress(service, new RoomId("room")),
                new ConnectionId("c"),
                Payload.text("hello")))
        .toCompletableFuture()
        .join()
        .outcome();
  }
}
