package org.cloudramp.sandbox.core.shared;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.LogPosition;

/**
 * That this server has something to commit in a room of many servers: until it is closed the room
 * is followed. Thread-safe.
 */
public final class RoomVisit implements AutoCloseable {
  private final SharedRoom room;
  private final String server;
  private boolean closed;

  RoomVisit(SharedRoom room, String server) {
    this.room = room;
    this.server = server;
  }

  /** On behalf of which server it is committed: as this one was called when the visit began. */
  public String server() {
    return server;
  }

  /** Whether somebody is in the room. */
  public boolean has(ConnectionId connection) {
    return room.roll().find(connection.value()).isPresent();
  }

  /** Those who are in the room by way of a server. */
  List<Member> membersOf(String gone) {
    return room.roll().ofServer(gone);
  }

  /** A hook that changes nothing of who is in the room. */
  public Presence bystander() {
    return Presence.of(room.roll(), server);
  }

  /** The hook of a call: who joins with it is there, who leaves is not. */
  public Presence presence(HookCall call) {
    if (call instanceof HookCall.Join join) {
      return Presence.joining(room.roll(), server, new Member(join.connection(), join.identity()));
    }
    if (call instanceof HookCall.Leave leave) {
      return Presence.leaving(room.roll(), server, leave.connection());
    }
    return bystander();
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
    room.exit();
  }
}
