package org.cloudramp.sandbox.server.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.ServiceId;
import org.junit.jupiter.api.Test;

class UnfinishedMessagesTest {
  private static final ServiceId SERVICE = new ServiceId("slow");

  /** More than are given up at once. */
  private static final int MANY = 230;

  private final List<Integer> givenUp = new CopyOnWriteArrayList<>();

  @Test
  void manyThatAreLateAreAllGivenUpOnceAndInTheirOrderButNotThoseThatHaveEnded() {
    UnfinishedMessages messages = new UnfinishedMessages(1_000_000, Duration.ofMillis(1));
    List<UnfinishedMessages.Message> all = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      int number = i;
      all.add(messages.begin(SERVICE, why -> givenUp.add(number)));
    }
    all.forEach(message -> assertThat(message.grow(10)).isTrue());
    all.get(7).end();

    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> messages.bytes() == 0);
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> givenUp.size() == MANY - 1);

    assertThat(givenUp).isSorted().doesNotHaveDuplicates().doesNotContain(7);
  }
}
