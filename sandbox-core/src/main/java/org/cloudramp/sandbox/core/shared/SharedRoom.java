package org.cloudramp.sandbox.core.shared;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.kv.LogListener;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.LogSubscription;
import org.cloudramp.sandbox.api.kv.OpenedRoom;
import org.cloudramp.sandbox.api.kv.RoomLog;
import org.cloudramp.sandbox.api.kv.Roster;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One room of many servers, as this server follows it. Thread-safe; no lock is held while the store
 * or a follower works.
 *
 * <ol>
 *   <li>Entries are performed in the order of their offsets, each once, one at a time.
 *   <li>The copy of the roster is that of the last entry that was performed.
 *   <li>After a gap nothing of the copy counts: those who follow are told, and the room is opened
 *       anew, at the latest before its next hook.
 *   <li>It is followed as long as a hook runs, or this process has a member, and a while longer.
 * </ol>
 */
final class SharedRoom {
  private static final Logger log = LoggerFactory.getLogger(SharedRoom.class);

  private record Waiter(LogPosition position, CompletableFuture<Void> reached) {}

  private final RoomAddress address;
  private final RoomLog logs;
  private final Performer performer;
  private final BiConsumer<SharedRoom, Roster> whenOpened;
  private final Roll roll = new Roll();

  // The fields below are guarded by this.

  /** Members of this process. */
  private final Set<ConnectionId> own = new HashSet<>();

  private final List<Waiter> waiters = new ArrayList<>();

  /** Behind the last entry that was performed. */
  private LogPosition reached = LogPosition.none();

  /** Completes when the room is open; null when it has to be opened. */
  private @Nullable CompletableFuture<Void> opened;

  private @Nullable Following following;
  private int visits;

  /** When the last visit ended, by System.nanoTime. */
  private long idleSince;

  private boolean closed;

  /**
   * @param whenOpened told who is in the room each time when it has been opened
   */
  SharedRoom(
      RoomAddress address,
      RoomLog logs,
      Performer performer,
      BiConsumer<SharedRoom, Roster> whenOpened) {
    this.address = address;
    this.logs = logs;
    this.performer = performer;
    this.whenOpened = whenOpened;
  }

  RoomAddress address() {
    return address;
  }

  Roll roll() {
    return roll;
  }

  /** Behind the last entry that was performed. */
  synchronized LogPosition reached() {
    return reached;
  }

  /** One who is in it, as the store has it now. */
  CompletionStage<Optional<RosterEntry>> member(ConnectionId connection) {
    return logs.member(address, connection.value());
  }

  /** All who are in it, as the store has it now. */
  CompletionStage<Roster> roster() {
    return logs.open(address).thenApply(OpenedRoom::roster);
  }

  /** What comes after a position in its log. */
  CompletionStage<LogRead> read(LogPosition after, int most) {
    return logs.read(address, after, most);
  }

  /** Somebody needs it: it stays until they have gone. */
  synchronized void enter() {
    visits++;
  }

  /** They have gone; whether nobody needs it now. */
  synchronized boolean exit() {
    visits--;
    idleSince = System.nanoTime();
    return visits == 0 && own.isEmpty();
  }

  /** Ends it if nobody has needed it for that long; false if somebody does. */
  boolean closeIfIdle(long now, long nanos) {
    synchronized (this) {
      if (visits > 0 || !own.isEmpty() || now - idleSince < nanos) {
        return false;
      }
    }
    close();
    return true;
  }

  void close() {
    Following ending;
    List<Waiter> released;
    synchronized (this) {
      closed = true;
      ending = following;
      following = null;
      released = List.copyOf(waiters);
      waiters.clear();
    }
    if (ending != null) {
      ending.end();
    }
    released.forEach(waiter -> waiter.reached().complete(null));
  }

  /**
   * Opens the room and follows it, unless that is done.
   *
   * @return completes exceptionally if the store cannot be asked; the next call asks again
   */
  CompletableFuture<Void> open() {
    CompletableFuture<Void> opening;
    synchronized (this) {
      if (opened != null) {
        return opened;
      }
      opening = new CompletableFuture<>();
      opened = opening;
    }
    try {
      var unused =
          logs.open(address)
              .thenAccept(this::follow)
              .whenComplete((done, error) -> settle(opening, error));
    } catch (RuntimeException refusedAtOnce) {
      settle(opening, refusedAtOnce);
    }
    return opening;
  }

  private void settle(CompletableFuture<Void> opening, @Nullable Throwable error) {
    if (error == null) {
      opening.complete(null);
      return;
    }
    synchronized (this) {
      if (opened == opening) {
        opened = null;
      }
    }
    opening.completeExceptionally(error);
  }

  private void follow(OpenedRoom room) {
    Following next = new Following();
    synchronized (this) {
      roll.become(room.roster());
      reached = room.position();
      following = next;
    }
    try {
      next.begin(logs.follow(address, room.position(), next));
    } catch (RuntimeException refused) {
      synchronized (this) {
        following = null; // nobody waits for what is not heard
      }
      throw refused;
    }
    boolean isOver;
    synchronized (this) {
      isOver = closed;
    }
    if (isOver) {
      next.end();
    } else {
      whenOpened.accept(this, room.roster());
    }
  }

  /**
   * Completes when all up to a position has been performed here, or will not be because of a gap.
   */
  CompletableFuture<Void> whenReached(LogPosition position) {
    synchronized (this) {
      if (following == null
          || !position.isOfSameLogAs(reached)
          || position.offset() <= reached.offset()) {
        return CompletableFuture.completedFuture(null);
      }
      CompletableFuture<Void> waiting = new CompletableFuture<>();
      waiters.add(new Waiter(position, waiting));
      return waiting;
    }
  }

  /** Completes when all that was committed until now has been performed here. */
  CompletableFuture<Void> catchUp() {
    return logs.open(address)
        .thenCompose(
            room -> {
              Following lost = followingLost(room.position());
              if (lost != null) {
                lost.gap(address, room.position());
              }
              return whenReached(room.position()).thenCompose(reachedOrLost -> afterReaching(room));
            })
        .toCompletableFuture();
  }

  /** After a gap, now or meanwhile, who is in the room has to be read again. */
  private CompletableFuture<Void> afterReaching(OpenedRoom room) {
    if (!isFollowed()) {
      return open();
    }
    compare(room);
    return CompletableFuture.completedFuture(null);
  }

  private synchronized boolean isFollowed() {
    return following != null;
  }

  /** Who follows a log that is not there any more, before the store has noticed; null if nobody. */
  private synchronized @Nullable Following followingLost(LogPosition end) {
    return end.isOfSameLogAs(reached) && !end.contradicts(reached) ? null : following;
  }

  /** A roster can be lost though the log is not: then it is not the one of the same version. */
  private synchronized void compare(OpenedRoom room) {
    if (room.position().equals(reached) && room.roster().version() != roll.version()) {
      roll.become(room.roster());
    }
  }

  /** The place of this server in the log, from one opening to a gap or the end. */
  private final class Following implements LogListener {
    private @Nullable LogSubscription subscription;
    private boolean ended;

    void begin(LogSubscription made) {
      boolean isOver;
      synchronized (this) {
        subscription = made;
        isOver = ended;
      }
      if (isOver) {
        made.close();
      }
    }

    void end() {
      LogSubscription ending;
      synchronized (this) {
        ended = true;
        ending = subscription;
      }
      if (ending != null) {
        ending.close();
      }
    }

    private synchronized boolean isOver() {
      return ended;
    }

    @Override
    public void entries(RoomAddress room, LogRead.Page page) {
      for (int i = 0; i < page.entries().size(); i++) {
        if (isOver()) {
          return;
        }
        performer.at(address, page.behind(i + 1));
        perform(page.entries().get(i), this);
      }
      reach(page.last(), this);
    }

    @Override
    public void gap(RoomAddress room, LogPosition resume) {
      List<Waiter> released;
      synchronized (SharedRoom.this) {
        if (following != this) {
          return;
        }
        following = null;
        opened = null;
        released = List.copyOf(waiters);
        waiters.clear();
        own.clear();
      }
      end();
      log.warn(
          "room {}: entries of its log are lost; its connections on this server are closed, so that"
              + " they come again",
          address);
      performer.missed(address);
      released.forEach(waiter -> waiter.reached().complete(null));
      var unused =
          open(); // somebody's leave may be among what is lost; a hook asks again otherwise
    }
  }

  /** What is behind a gap, and told late, changes nothing of what came after it. */
  private void reach(LogPosition position, Following by) {
    List<Waiter> there = new ArrayList<>();
    synchronized (this) {
      if (following != by) {
        return;
      }
      reached = position;
      for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
        Waiter waiter = each.next();
        if (waiter.position().offset() <= position.offset()) {
          each.remove();
          there.add(waiter);
        }
      }
    }
    there.forEach(waiter -> waiter.reached().complete(null));
  }

  private void perform(Bytes bytes, Following by) {
    Optional<RoomEntry> entry;
    try {
      entry = RoomEntry.read(bytes);
    } catch (IllegalArgumentException e) {
      log.error("room {}: an entry of its log cannot be read, and is passed over", address, e);
      return;
    }
    if (entry.isEmpty()) {
      return; // of a later release
    }
    if (entry.get() instanceof RoomEntry.Joined joined) {
      Member member = joined.member();
      synchronized (this) {
        if (following != by) {
          return;
        }
        roll.add(member, joined.server());
      }
      if (performer.joined(address, member, joined.server())) {
        admitted(member, by);
      }
    } else if (entry.get() instanceof RoomEntry.Left left) {
      synchronized (this) {
        if (following != by) {
          return;
        }
        roll.remove(left.connection());
        own.remove(left.connection());
        idleSince = System.nanoTime();
      }
      performer.left(address, left.connection());
    } else if (entry.get() instanceof RoomEntry.Resumed resumed) {
      goesOn(resumed, by);
    } else if (entry.get() instanceof RoomEntry.StateChanged changed) {
      synchronized (this) {
        if (following != by) {
          return;
        }
        roll.setState(changed.connection(), changed.state());
      }
      performer.stateChanged(address, changed.connection(), changed.state());
    } else if (entry.get() instanceof RoomEntry.Effect effect) {
      performer.happen(address, effect);
    }
  }

  private void goesOn(RoomEntry.Resumed resumed, Following by) {
    Optional<Member> member;
    synchronized (this) {
      if (following != by) {
        return;
      }
      member = roll.move(resumed.connection(), resumed.server());
      own.remove(resumed.connection());
      idleSince = System.nanoTime();
    }
    member
        .filter(moved -> performer.resumed(address, moved, resumed.server()))
        .ifPresent(
            here -> {
              roll.state(here.connection().value())
                  .filter(state -> !state.isEmpty())
                  .ifPresent(state -> performer.stateChanged(address, here.connection(), state));
              admitted(here, by);
            });
  }

  /** A connection of this process is in the room; after a gap meanwhile it has missed something. */
  private void admitted(Member member, Following by) {
    synchronized (this) {
      if (following == by) {
        own.add(member.connection());
        return;
      }
    }
    performer.missed(address);
  }
}
