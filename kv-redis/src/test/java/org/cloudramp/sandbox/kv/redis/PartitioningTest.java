package org.cloudramp.sandbox.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.RoomAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartitioningTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 100, 256, 1_000, 4_096})
  void partitionsHaveSlotsThatAreAsFarApartAsCanBe(int count) {
    Partitioning partitions = new Partitioning(count);

    assertThat(partitions.count()).isEqualTo(count);
    for (int partition = 0; partition < count; partition++) {
      assertThat(SlotHash.getSlot(partitions.channelOf(partition)))
          .isEqualTo(partition * SlotHash.SLOT_COUNT / count);
    }
  }

  @Test
  void everyKeyOfARoomIsInTheSlotOfItsPartition() {
    Partitioning partitions = new Partitioning(256);
    for (int i = 0; i < 1_000; i++) {
      RoomAddress address = RoomAddress.of("chat", "room-" + i);
      RoomKeys keys = partitions.keysOf(address);
      int slot = SlotHash.getSlot(partitions.channelOf(partitions.partitionOf(address)));

      assertThat(SlotHash.getSlot(keys.key("a{b}c"))).isEqualTo(slot);
      assertThat(SlotHash.getSlot(keys.logHead())).isEqualTo(slot);
      assertThat(SlotHash.getSlot(keys.logStream())).isEqualTo(slot);
      assertThat(SlotHash.getSlot(keys.transaction("id"))).isEqualTo(slot);
    }
  }

  @Test
  void roomsAreSpreadOverThePartitions() {
    Partitioning partitions = new Partitioning(256);
    int[] rooms = new int[256];
    for (int i = 0; i < 256 * 100; i++) {
      rooms[partitions.partitionOf(RoomAddress.of("chat", "room-" + i))]++;
    }

    assertThat(IntStream.of(rooms).min().orElseThrow()).isGreaterThan(50);
    assertThat(IntStream.of(rooms).max().orElseThrow()).isLessThan(150);
  }

  /** Another name would be another place: whatever is stored would not be found any more. */
  @Test
  void namesOfKeysNeverChange() {
    RoomAddress lobby = RoomAddress.of("chat", "lobby");

    assertThat(new Partitioning(256).partitionOf(lobby)).isEqualTo(173);
    assertThat(new String(new Partitioning(256).keysOf(lobby).key("a"), StandardCharsets.US_ASCII))
        .isEqualTo("sandbox:{44902}:chat/lobby:k:a");
    assertThat(new String(new Partitioning(8).keysOf(lobby).key("a"), StandardCharsets.US_ASCII))
        .isEqualTo("sandbox:{2821}:chat/lobby:k:a");
  }
}
