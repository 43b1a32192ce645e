package org.cloudramp.sandbox.server.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.ServiceId;
import org.junit.jupiter.api.Test;

class SharedContentTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final ServiceId GAME = new ServiceId("game");
  private static final int SIZE = 1_000;

  private final SharedContent contents = new SharedContent();
  private final OutgoingBytes outgoing = new OutgoingBytes(10_000, Set.of());

  @Test
  void whatABroadcastSendsToManyCountsOnceUntilTheLastHasIt() {
    Payload payload = Payload.binary(new byte[SIZE]);
    SharedContent.Content first = contents.of(payload, CHAT);
    SharedContent.Content second = contents.of(payload, CHAT);
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
    SharedContent.Content one = contents.of(Payload.binary(new byte[SIZE]), CHAT);
    SharedContent.Content other = contents.of(Payload.binary(new byte[SIZE]), CHAT);
    outgoing.add(CHAT, one);
    outgoing.add(CHAT, other);

    assertThat(outgoing.bytes()).isEqualTo(2 * (SIZE + OutgoingBytes.OVERHEAD));
  }

  @Test
  void onePayloadForTwoServicesCountsForEach() {
    Payload payload = Payload.text("to everybody");

    assertThat(contents.of(payload, CHAT)).isNotSameAs(contents.of(payload, GAME));
  }

  @Test
  void readersOfOneContentDoNotDisturbEachOther() {
    SharedContent.Content content = contents.of(Payload.text("abc"), CHAT);
    content.buffer().get();

    assertThat(content.buffer().remaining()).isEqualTo(3);
  }
}
