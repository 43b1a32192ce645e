package org.cloudramp.sandbox.core.memory;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;

/**
 * What the store has of a room's memory, without the granules: one key, which every commit that
 * changes the memory reads and writes. Whoever has an older one sees which granules it lacks.
 *
 * @param life tells the memory from one that was there before, and has gone: versions begin anew
 *     then
 * @param version another with each commit that changed the memory, and random: so a store that has
 *     gone back, and on with other commits, never has the same for other granules
 * @param module whose memory it is
 * @param writtenAt since when the oldest of the granules is in the store, in milliseconds since
 *     1970
 * @param pages how many it has
 * @param globals the mutable ones
 * @param granules those that are not all zero, each with the version that wrote it
 */
record MemoryIndex(
    UUID life,
    long version,
    Digest module,
    long writtenAt,
    int pages,
    Bytes globals,
    SortedMap<Integer, Long> granules) {
  private static final int FORMAT = 1;

  /** More than any memory has. */
  private static final int MAX_PAGES = 65_536;

  /** As it stands in the store. */
  Bytes encode() {
    WireWriter written =
        new WireWriter()
            .u8(FORMAT)
            .i64(life.getMostSignificantBits())
            .i64(life.getLeastSignificantBits())
            .i64(version)
            .string(module.hex())
            .i64(writtenAt)
            .i32(pages)
            .bytes(globals)
            .i32(granules.size());
    granules.forEach((granule, writtenBy) -> written.i32(granule).i64(writtenBy));
    return Bytes.adopt(written.toArray());
  }

  /**
   * Reads what {@link #encode} has written.
   *
   * @return empty if it is nothing that this release has written
   */
  static Optional<MemoryIndex> decode(Bytes stored) {
    WireReader reader = new WireReader(stored.toArray());
    try {
      if (reader.u8() != FORMAT) {
        return Optional.empty();
      }
      UUID life = new UUID(reader.i64(), reader.i64());
      long version = reader.i64();
      Digest module = new Digest(reader.string());
      long writtenAt = reader.i64();
      int pages = reader.i32();
      Bytes globals = reader.bytes();
      int count = reader.i32();
      if (pages < 0 || pages > MAX_PAGES || count < 0 || count > reader.remaining()) {
        return Optional.empty();
      }
      SortedMap<Integer, Long> granules = new TreeMap<>();
      for (int i = 0; i < count; i++) {
        int granule = reader.i32();
        if (granule < 0 || granule >= MemoryState.granulesOf(pages)) {
          return Optional.empty();
        }
        granules.put(granule, reader.i64());
      }
      return Optional.of(
          new MemoryIndex(life, version, module, writtenAt, pages, globals, granules));
    } catch (GuestException | IllegalArgumentException unreadable) {
      return Optional.empty();
    }
  }
}
