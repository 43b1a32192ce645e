package org.cloudramp.sandbox.core.shared;

import static org.assertj.core.api.Assertions.assertThat;

import org.cloudramp.sandbox.api.RoomAddress;
import org.junit.jupiter.api.Test;

class IdleRoomsTest {
  private final IdleRooms rooms = new IdleRooms(4);

  private static RoomAddress greedy(int number) {
    return RoomAddress.of("greedy", "room-" + number);
  }

  @Test
  void whenThereAreTooManyTheOneGoesThatWasLeftFirst() {
    for (int i = 0; i < 4; i++) {
      assertThat(rooms.add(greedy(i))).isNull();
    }
    assertThat(rooms.add(greedy(0))).as("left again").isNull();

    assertThat(rooms.add(greedy(4))).isEqualTo(greedy(1));
    assertThat(rooms.add(greedy(5))).isEqualTo(greedy(2));
    assertThat(rooms.count()).isEqualTo(4);
  }

  @Test
  void theServiceThatHasMostGivesOneUp() {
    for (int i = 0; i < 3; i++) {
      rooms.add(greedy(i));
    }
    RoomAddress modest = RoomAddress.of("modest", "lobby");
    rooms.add(modest);

    assertThat(rooms.add(RoomAddress.of("modest", "garden"))).isEqualTo(greedy(0));
  }

  @Test
  void oneThatIsUsedAgainCountsNoMore() {
    for (int i = 0; i < 4; i++) {
      rooms.add(greedy(i));
    }
    rooms.remove(greedy(0));
    rooms.remove(greedy(0));

    assertThat(rooms.count()).isEqualTo(3);
    assertThat(rooms.add(greedy(4))).isNull();
  }
}
