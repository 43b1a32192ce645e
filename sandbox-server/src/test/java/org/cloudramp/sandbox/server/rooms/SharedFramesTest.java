package org.cloudramp.sandbox.server.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.junit.jupiter.api.Test;

class SharedFramesTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final ServiceId GAME = new ServiceId("game");
  private static final int SIZE = 1_000;

  private final SharedFrames frames = new SharedFrames();
  private final OutgoingBytes outgoing = new OutgoingBytes(10_000, Set.of());

  @Test
  void whatABroadcastSendsToManyCountsOnceUntilTheLastHasIt() {
    Payload payload = Payload.binary(new byte[SIZE]);
    OutgoingFrame first = frames.of(payload, CHAT);
    OutgoingFrame second = frames.of(payload, CHAT);
    outgoing.add(CHAT, first);
    outgoing.add(CHAT, second);

    assertThat(outgoing.bytes()).isEqualTo(SIZE + 2 * OutgoingBytes.OVERHEAD);
    outgoing.remove(CHAT, first);
    assertThat(outgoing.bytes()).isEqualTo(SIZE + OutgoingBytes.OVERHEAD);
    outgoing.remove(CHAT, second);
    assertThat(outgoing.bytes()).isZero();
  }

  @Test
  void equalPayloadsThatAreNotTheSameCountEach() {
    OutgoingFrame one = frames.of(Payload.binary(new byte[SIZE]), CHAT);
    OutgoingFrame other = frames.of(Payload.binary(new byte[SIZE]), CHAT);
    outgoing.add(CHAT, one);
    outgoing.add(CHAT, other);

    assertThat(outgoing.bytes()).isEqualTo(2 * (SIZE + OutgoingBytes.OVERHEAD));
  }

  @Test
  void onePayloadForTwoServicesCountsForEach() {
    Payload payload = Payload.text("to everybody");

    assertThat(frames.of(payload, CHAT)).isNotSameAs(frames.of(payload, GAME));
  }
}
