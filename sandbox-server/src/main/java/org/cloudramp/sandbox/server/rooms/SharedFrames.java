package org.cloudramp.sandbox.server.rooms;

import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.server.session.ServerFrames;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.jspecify.annotations.Nullable;

/**
 * The payloads that are being sent. A broadcast hands the same payload to one connection after the
 * other; remembering the last one lets all of them share one frame, whose bytes are there once and
 * count once. Thread-safe: rooms that broadcast at the same time only share less.
 */
final class SharedFrames {
  private volatile @Nullable Last last;
  private volatile @Nullable Last lastWithPosition;

  private record Last(Payload payload, ServiceId service, OutgoingFrame frame) {}

  /** The frame for those of one service who are sent the payload. */
  @SuppressWarnings("ReferenceEquality") // the same object is what a broadcast hands around
  OutgoingFrame of(Payload payload, ServiceId service) {
    Last known = last;
    if (known != null && known.payload == payload && known.service.equals(service)) {
      return known.frame;
    }
    OutgoingFrame frame = OutgoingFrame.message(payload);
    last = new Last(payload, service, frame);
    return frame;
  }

  /**
   * As {@link #of}, for sessions, who are told the position too. A payload is in one place of one
   * log: it is made anew for each entry that is performed.
   */
  @SuppressWarnings("ReferenceEquality") // as above
  OutgoingFrame of(Payload payload, LogPosition position, ServiceId service) {
    Last known = lastWithPosition;
    if (known != null && known.payload == payload && known.service.equals(service)) {
      return known.frame;
    }
    OutgoingFrame frame = OutgoingFrame.message(ServerFrames.message(payload, position));
    lastWithPosition = new Last(payload, service, frame);
    return frame;
  }
}
