package org.cloudramp.sandbox.server.rooms;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.ServiceId;
import org.jspecify.annotations.Nullable;

/**
 * The payloads that are being sent. A broadcast hands the same payload to one connection after the
 * other; remembering the last one lets all of them hold one content, whose bytes are there once and
 * count once. Thread-safe: rooms that broadcast at the same time only share less.
 */
final class SharedContent {
  private volatile @Nullable Content last;

  /** What some connections are sent. Thread-safe. */
  static final class Content {
    private final Payload payload;
    private final ServiceId service;
    private final AtomicInteger holders = new AtomicInteger();

    private Content(Payload payload, ServiceId service) {
      this.payload = payload;
      this.service = service;
    }

    /** One connection more holds it; whether it is the only one. */
    boolean hold() {
      return holders.getAndIncrement() == 0;
    }

    /** One connection fewer holds it; whether it was the last one. */
    boolean letGo() {
      return holders.decrementAndGet() == 0;
    }

    int size() {
      return payload.bytes().size();
    }

    /** The bytes, in a buffer of one's own. */
    ByteBuffer buffer() {
      return payload.bytes().asReadOnlyBuffer();
    }
  }

  /** The content for those of one service who are sent the payload. */
  @SuppressWarnings("ReferenceEquality") // the same object is what a broadcast hands around
  Content of(Payload payload, ServiceId service) {
    Content content = last;
    if (content == null || content.payload != payload || !content.service.equals(service)) {
      content = new Content(payload, service);
      last = content;
    }
    return content;
  }
}
