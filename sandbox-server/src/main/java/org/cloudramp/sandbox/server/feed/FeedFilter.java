package org.cloudramp.sandbox.server.feed;

import java.util.Optional;
import java.util.Set;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;

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
    return kinds.contains(event.kind())
        && (service.isEmpty() || service.get().equals(event.service()))
        && (room.isEmpty() || event.room() == null || room.get().equals(event.room()));
  }
}
