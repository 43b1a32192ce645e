package org.cloudramp.sandbox.kv.redis;

import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.cloudramp.sandbox.api.RoomAddress;

/**
 * Which partition a room is in, and where partitions are. What belongs to the rooms of a partition
 * is in one slot of a Cluster, so that a script can touch a room and what is kept for its
 * partition, and so that a server follows a few channels instead of one for each room. The tags of
 * partitions are chosen so that their slots are as far apart as can be: each master has its share
 * of them.
 *
 * <p>The names of keys follow from this: it must never change, and must be the same on all servers.
 * Immutable.
 */
final class Partitioning {
  private final String[] tags;

  /**
   * @param count of partitions, from 1 to 16,384
   */
  Partitioning(int count) {
    tags = new String[count];
    int found = 0;
    for (int number = 0; found < count; number++) {
      String tag = String.valueOf(number);
      int slot = SlotHash.getSlot(tag);
      // The partition that begins at this slot, if one does.
      int partition = (int) (((long) slot * count + SlotHash.SLOT_COUNT - 1) / SlotHash.SLOT_COUNT);
      if (partition < count && firstSlot(partition, count) == slot && tags[partition] == null) {
        tags[partition] = tag;
        found++;
      }
    }
  }

  private static int firstSlot(int partition, int count) {
    return (int) ((long) partition * SlotHash.SLOT_COUNT / count);
  }

  int count() {
    return tags.length;
  }

  /** The partition of a room. */
  int partitionOf(RoomAddress address) {
    CRC32 hash = new CRC32();
    hash.update(address.toString().getBytes(StandardCharsets.US_ASCII));
    return (int) (hash.getValue() % tags.length);
  }

  /** The names of a room's keys. */
  RoomKeys keysOf(RoomAddress address) {
    return new RoomKeys(prefix(partitionOf(address)), address);
  }

  /** The sharded channel that is told of what is appended to rooms of a partition. */
  byte[] channelOf(int partition) {
    return (prefix(partition) + "log").getBytes(StandardCharsets.US_ASCII);
  }

  /** The rooms of a partition that have members of a server, with how many. */
  byte[] roomsOf(int partition, String server) {
    return (prefix(partition) + "s:" + server).getBytes(StandardCharsets.US_ASCII);
  }

  /** Exists while a server may not commit to rooms of a partition. */
  byte[] fenceOf(int partition, String server) {
    return (prefix(partition) + "f:" + server).getBytes(StandardCharsets.US_ASCII);
  }

  /** How the names of all keys of a partition begin. */
  String prefix(int partition) {
    return "sandbox:{" + tags[partition] + "}:";
  }
}
