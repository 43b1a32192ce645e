package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.server.rate.Excess;
import org.cloudramp.sandbox.server.websocket.CloseStatus;

/**
 * Why the server closes a connection. The reasons are for the people at the other end: they name
 * the service and the room, and tell nothing of the host.
 *
 * <table>
 *   <caption>The codes that clients see</caption>
 *   <tr><td>1000, 3000–4999</td><td>the room's code has closed or refused the connection</td></tr>
 *   <tr><td>1001</td><td>the server stops, or has not heard of the client for too long</td></tr>
 *   <tr><td>1002, 1007</td><td>the client breaks the protocol; a text is not UTF-8</td></tr>
 *   <tr><td>1003</td><td>the room takes text only, or binary messages only</td></tr>
 *   <tr><td>1008</td><td>a message was begun and not ended in time</td></tr>
 *   <tr><td>1009</td><td>a message is too big</td></tr>
 *   <tr><td>1011</td><td>{@code onJoin} failed by its own fault, or the server did</td></tr>
 *   <tr><td>1012</td><td>come again at once: what was said in the room is lost for this connection, or
 *       this server was taken for dead by others and starts over</td></tr>
 *   <tr><td>1013</td><td>try again later: the room's queue stayed full, the client receives
 *       too slowly, too many messages are unfinished or wait, or the service or its keys cannot be reached now, or it or the room rests after repeated faults,
 *       or the keys of join tokens cannot be had now</td></tr>
 *   <tr><td>4001</td><td>the room needs a join token, or the one that was brought is not valid
 *       for it</td></tr>
 *   <tr><td>4003</td><td>{@code onJoin} refused without a code of its own</td></tr>
 *   <tr><td>4004</td><td>there is no such service</td></tr>
 *   <tr><td>4008</td><td>more messages, bytes, joins or resumes than a rate allows: wait, and come
 *       back</td></tr>
 *   <tr><td>4009</td><td>the session goes on by way of another socket</td></tr>
 *   <tr><td>4010</td><td>the session that the client wants to go on with is not its own: the secret is
 *       not, or not any more</td></tr>
 *   <tr><td>4021</td><td>no room can be at that path</td></tr>
 *   <tr><td>4022</td><td>the service's module cannot be used</td></tr>
 *   <tr><td>4029</td><td>messages of this connection have made the room's code fail repeatedly</td></tr>
 * </table>
 *
 * @param code as in the WebSocket's close frame
 * @param reason at most 123 bytes of UTF-8; longer ones are cut off on their way
 */
record CloseReason(int code, String reason) {
  static final int GOING_AWAY = 1001;
  static final int POLICY = 1008;
  static final int TOO_BIG = 1009;
  static final int SERVER_ERROR = 1011;
  static final int COME_AGAIN = 1012;
  static final int TRY_AGAIN_LATER = 1013;
  static final int NO_VALID_TOKEN = 4001;
  static final int NOT_FOUND = 4004;
  static final int TOO_FAST = 4008;
  static final int SUPERSEDED = 4009;
  static final int NOT_ITS_SESSION = 4010;
  static final int NO_ROOM_THERE = 4021;
  static final int UNUSABLE = 4022;
  static final int FAULTY = 4029;

  /**
   * Whether a session may go on after it: nobody has ended it, and its client did nothing wrong.
   */
  boolean allowsResume() {
    return code == GOING_AWAY || code == COME_AGAIN || code == TRY_AGAIN_LATER;
  }

  /**
   * A message of a session was not taken because its room could not be told, and is to be sent
   * again.
   *
   * @return empty if it was taken, whatever the room has made of it
   */
  static Optional<CloseReason> notTaken(HookResult result) {
    return result.outcome() instanceof HookOutcome.Failed failed
            && failed.cause() instanceof StoreException store
            && store.kind() != StoreException.Kind.QUOTA
        ? Optional.of(
            new CloseReason(
                TRY_AGAIN_LATER,
                "service '%s' cannot be reached now".formatted(result.call().service())))
        : Optional.empty();
  }

  /** As it is sent. */
  CloseStatus status() {
    return new CloseStatus(code, reason);
  }

  /** The server stops. */
  static CloseReason shutdown() {
    return new CloseReason(GOING_AWAY, "the server is shutting down");
  }

  /**
   * The connection cannot go on here.
   *
   * @param reason why
   */
  static CloseReason comeAgain(String reason) {
    return new CloseReason(COME_AGAIN, reason);
  }

  /** The server stops, and another goes on with the session. */
  static CloseReason handOver() {
    return new CloseReason(
        COME_AGAIN, "the server is shutting down; the session goes on on another");
  }

  /** The client has not said in time whether it begins a session or goes on with one. */
  static CloseReason sayNothing(Duration patience) {
    return new CloseReason(
        POLICY,
        "sandbox.v1: neither join nor resume came within %d s".formatted(patience.toSeconds()));
  }

  /** The session goes on by way of another socket. */
  static CloseReason superseded() {
    return new CloseReason(SUPERSEDED, "this session goes on by way of another socket");
  }

  /** The session is not of whoever wants to go on with it. */
  static CloseReason notItsSession() {
    return new CloseReason(
        NOT_ITS_SESSION, "this is not the secret of that session, or not any more");
  }

  /** The session has come back too often of late. */
  static CloseReason resumesTooOften() {
    return new CloseReason(
        TOO_FAST,
        "this session was resumed %d times within %d s"
            .formatted(RecentResumes.MOST, RecentResumes.PERIOD.toSeconds()));
  }

  /** What a room was asked for on behalf of a session could not be done. */
  static CloseReason notResumed(RoomAddress room, Throwable cause, Duration patience) {
    SandboxException typed =
        cause instanceof SandboxException known
            ? known
            : new HostException("internal error", cause);
    return notRun(new HookCall.Join(room, new ConnectionId("resumes")), typed, patience);
  }

  /** The client has not been heard, and has not answered when it was asked for a sign of life. */
  static CloseReason silent(Duration ping) {
    return new CloseReason(
        GOING_AWAY,
        "nothing was heard from this connection for two times %d ms (sandbox.server.ping)"
            .formatted(ping.toMillis()));
  }

  /** The client does not take what is sent to it. */
  static CloseReason tooSlow() {
    return new CloseReason(TRY_AGAIN_LATER, "this connection receives too slowly");
  }

  /** A message of the client was begun and not ended in time. */
  static CloseReason unfinished(Duration patience) {
    return new CloseReason(
        POLICY, "a message was begun and not ended within %d s".formatted(patience.toSeconds()));
  }

  /** The client has begun a message for which there is no place. */
  static CloseReason tooManyUnfinished() {
    return new CloseReason(TRY_AGAIN_LATER, "too many messages of this service are unfinished");
  }

  /** A message of the client has had no place among those that wait in rooms. */
  static CloseReason tooManyQueued(Duration patience) {
    return new CloseReason(
        TRY_AGAIN_LATER,
        "messages of this service have waited for %d s for others to run"
            .formatted(patience.toSeconds()));
  }

  /** The queue of the room has not had a place for a call of this connection. */
  private static CloseReason busy(RoomId room, Duration patience) {
    return new CloseReason(
        TRY_AGAIN_LATER,
        "room '%s' is busy: its queue was full for %d s"
            .formatted(abbreviated(room), patience.toSeconds()));
  }

  /**
   * No room can be where the client has looked for one.
   *
   * @param rule what a path must be like
   */
  static CloseReason noRoomThere(String rule) {
    return new CloseReason(NO_ROOM_THERE, rule);
  }

  /**
   * Nobody is let in with the join token that was brought, or without one.
   *
   * @param reason what is wrong
   */
  static CloseReason noValidToken(String reason) {
    return new CloseReason(NO_VALID_TOKEN, reason);
  }

  /**
   * Whether somebody is let in cannot be said now.
   *
   * @param reason why
   */
  static CloseReason undecided(String reason) {
    return new CloseReason(TRY_AGAIN_LATER, reason);
  }

  /** The client, or others who share something with it, ask for too much. */
  static CloseReason tooFast(Excess excess) {
    return new CloseReason(TOO_FAST, excess.toString());
  }

  /** What a sandbox has to say. */
  private static CloseReason of(CloseFrame frame) {
    return new CloseReason(frame.code(), frame.reason());
  }

  /** {@code onJoin} has run and has not let the connection in. */
  static CloseReason notLetIn(HookResult result) {
    if (result.outcome() instanceof HookOutcome.Failed failed) {
      if (failed.cause() instanceof StoreException store && mayPass(store)) {
        return new CloseReason(
            TRY_AGAIN_LATER,
            "the keys of service '%s' cannot be reached now".formatted(result.call().service()));
      }
      return new CloseReason(
          SERVER_ERROR, "onJoin failed" + kindOf(failed).map(" (%s)"::formatted).orElse(""));
    }
    Optional<CloseFrame> ofTheGuest =
        result.outcome() instanceof HookOutcome.Refused refused
            ? refused.close()
            : Optional.empty();
    return of(ofTheGuest.orElse(CloseFrame.NOT_LET_IN));
  }

  private static Optional<String> kindOf(HookOutcome.Failed failed) {
    if (failed.cause() instanceof GuestException guest) {
      return Optional.of(guest.kind().name().toLowerCase(Locale.ROOT));
    }
    return failed.cause() instanceof StoreException store
            && store.kind() == StoreException.Kind.QUOTA
        ? Optional.of("quota")
        : Optional.empty();
  }

  /** Why a message whose connection stays has had no effect, in a word; empty if it may have. */
  static Optional<String> failureOf(HookResult result) {
    if (result.outcome() instanceof HookOutcome.Failed failed) {
      return Optional.of(kindOf(failed).orElse("error"));
    }
    return result.outcome() instanceof HookOutcome.Refused
        ? Optional.of("refused")
        : Optional.empty();
  }

  private static boolean mayPass(StoreException failure) {
    return switch (failure.kind()) {
      case UNAVAILABLE, TIMEOUT, CONFLICT -> true;
      case REFUSED, QUOTA -> false;
    };
  }

  /** Why the sender of a message is closed, if it is of a kind that the room does not take. */
  static Optional<CloseReason> unsupported(HookResult result) {
    return result.outcome() instanceof HookOutcome.Refused refused
        ? refused.close().map(CloseReason::of)
        : Optional.empty();
  }

  /**
   * The hook of a call could not be run.
   *
   * @param patience how long the call has waited for a place, if it had none
   */
  static CloseReason notRun(HookCall call, SandboxException cause, Duration patience) {
    if (cause instanceof ModuleException module) {
      return module.kind() == ModuleException.Kind.NOT_FOUND
          ? new CloseReason(NOT_FOUND, "there is no service '%s'".formatted(call.service()))
          : new CloseReason(
              UNUSABLE, "the module of service '%s' cannot be used".formatted(call.service()));
    }
    if (cause instanceof RefusedException refused) {
      return switch (refused.kind()) {
        case QUEUE_FULL -> busy(call.room(), patience);
        case QUARANTINED ->
            new CloseReason(
                TRY_AGAIN_LATER,
                "service '%s' rests, after repeated faults or by order of its operator"
                    .formatted(call.service()));
        case ROOM_QUARANTINED ->
            new CloseReason(
                TRY_AGAIN_LATER,
                "room '%s' rests after repeated faults".formatted(abbreviated(call.room())));
        case CONNECTION_QUARANTINED ->
            new CloseReason(
                FAULTY, "messages of this connection have made the room's code fail repeatedly");
        case TOO_LARGE -> new CloseReason(TOO_BIG, "the message is larger than this room takes");
        case CLOSED -> shutdown();
        case TIMER_GONE, TAKEN_BEFORE ->
            new CloseReason(SERVER_ERROR, "%s could not be run".formatted(call.hook()));
      };
    }
    if (cause instanceof StoreException) {
      return new CloseReason(
          TRY_AGAIN_LATER, "service '%s' cannot be reached now".formatted(call.service()));
    }
    return new CloseReason(SERVER_ERROR, "%s could not be run".formatted(call.hook()));
  }

  /** A room's name takes up to 128 characters, and a reason has 123 bytes. */
  private static String abbreviated(RoomId room) {
    String name = room.value();
    return name.length() <= 60 ? name : name.substring(0, 60) + "…";
  }
}
