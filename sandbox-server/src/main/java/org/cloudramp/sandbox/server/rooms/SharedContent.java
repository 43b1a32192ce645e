package org.cloudramp.sandbox.server.rooms;

import java.nio.ByteBuffer;
import org.cloudramp.sandbox.api.Payload;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of payloads as frames need them. A broadcast hands the same payload to one connection
 * after the other; remembering the last one lets all of them share its bytes. Thread-safe: rooms
 * that broadcast at the same time only share less.
 */
final class SharedContent {
  private record Entry(Payload payload, ByteBuffer content) {}

  private volatile @Nullable Entry last;

  /** The content, in a buffer of its own over shared bytes. */
  @SuppressWarnings("ReferenceEquality") // the same object is what a broadcast hands around
  ByteBuffer of(Payload payload) {
    Entry entry = last;
    if (entry == null || entry.payload() != payload) {
      entry = new Entry(payload, ByteBuffer.wrap(payload.bytes().toArray()));
      last = entry;
    }
    return entry.content().duplicate();
  }
}
