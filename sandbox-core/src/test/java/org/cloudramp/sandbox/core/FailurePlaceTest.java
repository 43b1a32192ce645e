package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.Wasm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of the place in a guest where a hook has failed. */
@Timeout(60)
class FailurePlaceTest {
  private static final ServiceId SERVICE = new ServiceId("demo");

  /** Of the guest {@code trap}. */
  private static final int ON_MESSAGE = 3;

  private static final int RECURSE = 5;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "u | the guest trapped: .*, in \"room/onMessage\"",
        "m | the guest trapped: out of bounds memory access, in \"room/onMessage\"",
        "l | the time budget of 1200 ms is used up, in \"room/onMessage\".*",
        "r | the guest trapped: call stack exhausted, in \"room/recurse\"",
      })
  void theMessageNamesTheFunctionsThatWereRunning(String order, String expected) {
    assertThat(messageOf(order, "room/onMessage", "room/recurse")).matches(".*" + expected);
  }

  @Test
  void whatAModuleCallsItsFunctionsIsCutAndCannotForgeALine() {
    String message = messageOf("u", "\u001b[2Jx\n2026 INFO forged" + "y".repeat(5_000), "r");

    assertThat(message).contains("in \"\\u{1b}[2Jx\\u{a}2026 INFO forged").contains("…\"");
    assertThat(message.length()).isLessThan(400);
  }

  @Test
  void aModuleThatNamesNothingFailsAsBefore() {
    assertThat(messageOf(Guests.wasm("trap"), "u")).doesNotContain(", in ");
  }

  private String messageOf(String order, String onMessage, String recurse) {
    byte[] names =
        Wasm.vector(
            Wasm.concat(Wasm.u32(ON_MESSAGE), Wasm.name(onMessage)),
            Wasm.concat(Wasm.u32(RECURSE), Wasm.name(recurse)));
    byte[] section =
        Wasm.section(0, Wasm.name("name"), Wasm.concat(Wasm.bytes(1), Wasm.sized(names)));
    return messageOf(Wasm.concat(Guests.wasm("trap"), section), order);
  }

  private String messageOf(byte[] wasm, String order) {
    try (Sandbox sandbox =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "300ms"))
            .extension(new Rooms())
            .build()) {
      sandbox.publish(SERVICE, wasm);
      HookOutcome outcome =
          sandbox
              .dispatch(
                  new HookCall.Message(
                      RoomAddress.of("demo", "lobby"),
                      new ConnectionId("anna"),
                      Payload.text(order)))
              .toCompletableFuture()
              .join()
              .outcome();
      assertThat(outcome).isInstanceOf(HookOutcome.Failed.class);
      return String.valueOf(((HookOutcome.Failed) outcome).cause().getMessage());
    }
  }
}
