package org.cloudramp.sandbox.core.shared;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.RosterEntry;

/**
 * That this server has something to commit in a room of many servers: until it is closed the room
 * is followed. Thread-safe.
 */
public final class RoomVisit implements AutoCloseable {
  private final SharedRoom room;
  private final String server;
  private final Predicate<String> speaksFor;
  private final Consumer<SharedRoom> whenOver;
  private boolean closed;

  /**
   * @param speaksFor whether this process lets the members of a server go
   * @param whenOver told once that the room is not needed for this any more
   */
  RoomVisit(
      SharedRoom room, String server, Predicate<String> speaksFor, Consumer<SharedRoom> whenOver) {
    this.room = room;
    this.server = server;
    this.speaksFor = speaksFor;
    this.whenOver = whenOver;
  }

  /** On behalf of which server it is committed: as this one was called when the visit began. */
  public String server() {
    return server;
  }

  /** Up to where this server has performed the room's log. */
  public LogPosition reached() {
    return room.reached();
  }

  /** Whether somebody is in the room by way of another server. */
  public boolean hasMembersElsewhere() {
    return room.roll().hasMembersBesides(server);
  }

  /** Whether somebody is in the room. */
  public boolean has(ConnectionId connection) {
    return room.roll().find(connection.value()).isPresent();
  }

  /** Whether somebody is in the room whom this process may let go. */
  public boolean mayLetGo(ConnectionId connection) {
    return room.roll()
        .find(connection.value())
        .filter(present -> speaksFor.test(present.server()))
        .isPresent();
  }

  /**
   * Whether a message may be taken now, as far as this server knows: whoever has said it is in the
   * room by way of this server.
   */
  public boolean mayTake(HookCall.Message message) {
    return room.roll()
        .find(message.connection().value())
        .filter(present -> present.server().equals(server))
        .isPresent();
  }

  /** Whether a message was taken before, as far as this server knows. */
  public boolean wasTaken(HookCall.Message message) {
    return message.number() <= room.roll().received(message.connection());
  }

  /**
   * Whether an earlier message of its sender could not be taken: that one comes again, and would be
   * passed over if this one were taken before it.
   */
  public boolean comesAfterUntaken(HookCall.Message message) {
    return room.roll().comesAfterUntaken(message.connection(), message.number());
  }

  /** A message could not be taken, and its sender sends it again. */
  public void notTaken(HookCall.Message message) {
    room.roll().notTaken(message.connection(), message.number());
  }

  /** A message of somebody was taken. */
  public void received(ConnectionId connection, long number) {
    room.roll().receive(connection, number);
  }

  /**
   * Asks the store which message of somebody was the last to be taken, and whether they go on by
   * way of another server; completes in any case: if the store does not say so, the next commit may
   * be in conflict again.
   */
  public CompletableFuture<Void> lookAt(ConnectionId connection) {
    return room.member(connection)
        .thenCompose(
            member -> {
              if (member.isEmpty() || !member.get().server().equals(server)) {
                return catchUp();
              }
              member.get().session().ifPresent(each -> received(connection, each.received()));
              return CompletableFuture.<Void>completedFuture(null);
            })
        .exceptionally(unknown -> null)
        .toCompletableFuture();
  }

  /** Those in the room whose connections outlive their sockets, as the store has it now. */
  CompletableFuture<Set<ConnectionId>> sessions() {
    return room.roster()
        .thenApply(
            roster ->
                roster.entries().stream()
                    .filter(entry -> entry.session().isPresent())
                    .map(entry -> new ConnectionId(entry.member()))
                    .collect(Collectors.toSet()))
        .toCompletableFuture();
  }

  /** One who is in the room, as the store has it now. */
  CompletionStage<Optional<RosterEntry>> member(ConnectionId connection) {
    return room.member(connection);
  }

  /** What comes after a position in the room's log. */
  CompletionStage<LogRead> read(LogPosition after, int most) {
    return room.read(after, most);
  }

  /** Those who are in the room by way of a server. */
  List<Member> membersOf(String gone) {
    return room.roll().ofServer(gone);
  }

  /** A hook that changes nothing of who is in the room. */
  public Presence bystander() {
    return Presence.of(new Attendance(room.roll(), server));
  }

  /** A hook that answers a call, and changes nothing of who is in the room. */
  public Presence bystander(HookCall call) {
    return bystander(call, new Attendance(room.roll(), server));
  }

  /**
   * As {@link #bystander(HookCall)}, for a hook that is committed with others before it.
   *
   * @param attendance of those
   */
  public Presence bystander(HookCall call, Attendance attendance) {
    return call instanceof HookCall.Message message && message.number() > 0
        ? Presence.saying(attendance, message.connection(), message.number())
        : Presence.of(attendance);
  }

  /** The hook of a call: who joins with it is there, who leaves is not. */
  public Presence presence(HookCall call) {
    if (call instanceof HookCall.Join join) {
      Member member = new Member(join.connection(), join.identity());
      return Presence.joining(new Attendance(room.roll(), server), member, join.session());
    }
    if (call instanceof HookCall.Leave leave) {
      return Presence.leaving(new Attendance(room.roll(), server), leave.connection());
    }
    return bystander(call);
  }

  /**
   * Completes when the entries of a commit have been performed on this server, or have not been for
   * so long: they are all the same, later.
   *
   * @param appended what was committed
   */
  public CompletableFuture<Void> whenPerformed(
      CommitResult.Committed committed, List<Bytes> appended, Duration patience) {
    LogPosition last =
        committed.first().map(first -> first.plus(appended.size() - 1)).orElse(LogPosition.none());
    CompletableFuture<Void> reached = room.whenReached(last);
    return reached.isDone()
        ? reached
        : reached.completeOnTimeout(null, patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Completes when this server knows who is in the room now, or the store could not say: then what
   * is committed next may be in conflict again.
   */
  public CompletableFuture<Void> catchUp() {
    return room.catchUp().exceptionally(unknown -> null);
  }

  /** Idempotent. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    whenOver.accept(room);
  }
}
