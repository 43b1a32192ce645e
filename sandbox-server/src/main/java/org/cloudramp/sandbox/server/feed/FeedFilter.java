package org.cloudramp.sandbox.server.feed;

import java.util.Optional;
import java.util.Set;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants to hear.
 *
 * @param service of which alone; empty for all
 * @param room of which alone, besides what is about a service as a whole; empty for all
 * @param kinds of events
 */
public record FeedFilter(
    Optional<ServiceId> service, Optional<RoomId> room, Set<FeedEvent.Kind> kinds) {
  /** Copies the set. */
  public FeedFilter {
    kinds = Set.copyOf(kinds);
  }

  boolean admits(FeedEvent event) {
    return admits(event.kind(), event.service(), event.room());
  }

  /**
   * Whether what is about that is wanted.
   *
   * @param about null for what is about a service as a whole
   */
  boolean admits(FeedEvent.Kind kind, ServiceId of, @Nullable RoomId about) {
    return kinds.contains(kind)
        && (service.isEmpty() || service.get().equals(of))
        && (room.isEmpty() || about == null || room.get().equals(about));
  }
}
