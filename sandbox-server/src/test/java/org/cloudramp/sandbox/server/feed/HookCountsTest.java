package org.cloudramp.sandbox.server.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.junit.jupiter.api.Test;

class HookCountsTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final Duration TEN_MICROS = Duration.ofNanos(10_000);

  private final AtomicLong now = new AtomicLong();
  private final HookCounts counts = new HookCounts(now::get);

  private void run(ServiceId service, HookOutcome outcome) {
    ModuleVersion version = new ModuleVersion(service, Digest.of(new byte[] {1}));
    HookCall call =
        new HookCall.Message(
            new RoomAddress(service, new RoomId("lobby")),
            new ConnectionId("c-1"),
            Payload.text("x"));
    counts.onEnd(new HookResult(call, version, outcome, List.of(), TEN_MICROS));
  }

  @Test
  void runsCountFromTheFirstAskOn() {
    run(CHAT, new HookOutcome.Completed());
    assertThat(counts.of(CHAT)).isEmpty();

    run(CHAT, new HookOutcome.Completed());
    run(CHAT, new HookOutcome.Failed(new GuestException(GuestException.Kind.TRAPPED, "x")));
    run(new ServiceId("other"), new HookOutcome.Completed());

    assertThat(counts.of(CHAT))
        .containsExactly(new HookCounts.Count(Hook.ON_MESSAGE, 2, 1, 20_000));
    assertThat(counts.ofAll()).containsOnlyKeys(CHAT, new ServiceId("other"));
  }

  @Test
  void whatAGuestDoesNotHaveIsNoRun() {
    counts.of(CHAT);

    run(CHAT, new HookOutcome.Absent());

    assertThat(counts.of(CHAT)).isEmpty();
  }

  @Test
  void askingKeepsTheCountAndAMinuteWithoutForgetsIt() {
    counts.of(CHAT);
    run(CHAT, new HookOutcome.Completed());
    now.addAndGet(Duration.ofSeconds(59).toNanos());
    assertThat(counts.of(CHAT)).hasSize(1);
    now.addAndGet(Duration.ofSeconds(59).toNanos());
    assertThat(counts.of(CHAT)).hasSize(1);

    now.addAndGet(Duration.ofSeconds(61).toNanos());
    run(CHAT, new HookOutcome.Completed());

    assertThat(counts.of(CHAT)).isEmpty();
  }

  @Test
  void strangersCannotMakeItCountMoreServicesThanItMay() {
    counts.ofAll();

    for (int i = 0; i < HookCounts.MAX_SERVICES + 10; i++) {
      run(new ServiceId("s" + i), new HookOutcome.Completed());
    }

    assertThat(counts.ofAll()).hasSize(HookCounts.MAX_SERVICES).containsKey(new ServiceId("s0"));
  }
}
