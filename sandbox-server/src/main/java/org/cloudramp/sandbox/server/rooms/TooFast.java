package org.cloudramp.sandbox.server.rooms;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.server.observe.OncePerMinute;
import org.cloudramp.sandbox.server.rate.Excess;
import org.cloudramp.sandbox.server.rate.Limit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of those who ask for more than they may: whoever counts each time, and the log once a
 * minute for each limit. Thread-safe.
 */
final class TooFast {
  private static final Logger log = LoggerFactory.getLogger(TooFast.class);

  private final ConnectionListener listener;
  private final Map<Limit, OncePerMinute> lines = new EnumMap<>(Limit.class); // changed by nobody

  TooFast(ConnectionListener listener) {
    this.listener = listener;
    for (Limit limit : Limit.values()) {
      lines.put(limit, new OncePerMinute(log, System::nanoTime));
    }
  }

  /** Somebody who is in a room, or wants to be, or asks it something, is turned away for that. */
  void tell(Excess excess, RoomAddress room) {
    listener.tooFast(excess.limit());
    Objects.requireNonNull(lines.get(excess.limit()))
        .warn(
            "somebody was turned away from {} (a connection with {}, a request with 429): {}",
            room,
            CloseReason.TOO_FAST,
            excess);
  }
}
