package org.cloudramp.sandbox.core.shared;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.kv.Roster;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets those leave whom a roster has as members of this server, though nobody here knows them: they
 * had left, or gone on by way of another server, and the store has lost that since, as when a
 * replica takes over that had not heard of it. Thread-safe.
 *
 * <p>A plain connection leaves at once. A session may still come back, to any server: it has a
 * grace from when it was noticed. That a leave is under way as well harms nobody: it is committed
 * once.
 */
final class Strays {
  private static final Logger log = LoggerFactory.getLogger(Strays.class);

  private final SharedRooms rooms;
  private final ServerPlace place;
  private final Performer performer;
  private final Duration grace;
  private final ScheduledExecutorService timer;

  /**
   * Rooms that are looked at again when the grace is over: each once, of those that are followed.
   */
  private final Set<RoomAddress> again = ConcurrentHashMap.newKeySet();

  /**
   * @param grace for how long a session stays in its room without a socket
   * @param timer begins again when that is over
   */
  Strays(
      SharedRooms rooms,
      ServerPlace place,
      Performer performer,
      Duration grace,
      ScheduledExecutorService timer) {
    this.rooms = rooms;
    this.place = place;
    this.performer = performer;
    this.grace = grace;
    this.timer = timer;
  }

  /** A room was opened, and these were in it. */
  void opened(SharedRoom room, Roster roster) {
    for (RosterEntry entry : roster.entries()) {
      if (place.is(entry.server()) && isStray(room, entry)) {
        if (entry.session().isEmpty()) {
          letGo(room.address(), Roll.member(entry));
        } else if (again.add(room.address())) {
          var unused =
              timer.schedule(
                  () -> lookAgain(room.address()), grace.toMillis(), TimeUnit.MILLISECONDS);
        }
      }
    }
  }

  /** Who has left meanwhile is none. */
  private boolean isStray(SharedRoom room, RosterEntry entry) {
    return !performer.has(room.address(), new ConnectionId(entry.member()))
        && room.roll()
            .find(entry.member())
            .filter(present -> present.server().equals(entry.server()))
            .isPresent();
  }

  private void lookAgain(RoomAddress room) {
    var unused =
        rooms
            .enter(room)
            .whenComplete(
                (visit, error) -> {
                  again.remove(room);
                  if (error == null) { // else they are found when it is opened the next time
                    visit.membersOf(visit.server()).stream()
                        .filter(member -> !performer.has(room, member.connection()))
                        .forEach(member -> letGo(room, member));
                    visit.close();
                  }
                });
  }

  private void letGo(RoomAddress room, Member member) {
    log.warn(
        "room {}: connection '{}' is in it by way of this server, which does not know it: the store"
            + " has lost that it had left; it leaves now",
        room,
        member.connection());
    performer.letGo(room, member);
  }
}
