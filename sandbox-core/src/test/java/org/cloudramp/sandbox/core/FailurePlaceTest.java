package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
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
import org.junit.jupiter.params.provider.ValueSource;

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
  void aQuotaThatIsUsedUpNamesTheSettingAsTheMockRoomDoes() {
    byte[] twoBroadcasts = Guests.wasm("greedy");

    assertThat(messageOf(twoBroadcasts, "x", Map.of("limits.requestBytes", "1KiB")))
        .endsWith("a request to 'room.broadcast' has 2009 bytes; limits.requestBytes allows 1024");
    assertThat(messageOf(twoBroadcasts, "x", Map.of("limits.hostCalls", "1")))
        .endsWith("more than 1 times (limits.hostCalls)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "u | the guest trapped: .* (at or after room.ts:12:5)",
        "l | the time budget of 1200 ms is used up.* (at or after room.ts:12:5)",
        "c | the guest trapped: .* (at or after \\u{1b}[2Jro\\u{a}om:12:5)",
      })
  void thePlaceThatAGuestHasNotedIsInTheMessage(String order, String expected) {
    String[] parts = expected.split("\\.\\*", 2);

    assertThat(messageOf(Guests.wasm("noted"), order)).contains(parts[0]).endsWith(parts[1]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"s", "n", "b", "e", "h"})
  void whatIsNoPlaceIsNotInTheMessage(String order) {
    assertThat(messageOf(Guests.wasm("noted"), order))
        .contains("the guest trapped: ")
        .doesNotContain("at or after");
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
        names(
            Wasm.concat(Wasm.u32(ON_MESSAGE), Wasm.name(onMessage)),
            Wasm.concat(Wasm.u32(RECURSE), Wasm.name(recurse)));
    return messageOf(Wasm.concat(Guests.wasm("trap"), names), order);
  }

  /** A section that names functions: each its index and then its name. */
  private static byte[] names(byte[]... functions) {
    byte[] names = Wasm.concat(Wasm.bytes(1), Wasm.sized(Wasm.vector(functions)));
    return Wasm.section(0, Wasm.name("name"), names);
  }

  private String messageOf(byte[] wasm, String order) {
    return messageOf(wasm, order, Map.of());
  }

  private String messageOf(byte[] wasm, String order, Map<String, String> limits) {
    Map<String, String> settings = new HashMap<>(limits);
    settings.put("store.filesystem.folder", folder.toString());
    settings.put("limits.time", "300ms");
    try (Sandbox sandbox = Sandbox.builder().settings(settings).extension(new Rooms()).build()) {
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
