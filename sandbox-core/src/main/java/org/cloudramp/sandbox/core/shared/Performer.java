package org.cloudramp.sandbox.core.shared;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.extension.RoomFollower;
import org.cloudramp.sandbox.api.function.EffectFunction;
import org.cloudramp.sandbox.api.function.RoomMembers.Member;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.core.function.FunctionCatalogue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Performs on this server what logs say. Whatever a follower or an effect throws is logged, and the
 * next entry is performed. Thread-safe.
 */
final class Performer {
  private static final Logger log = LoggerFactory.getLogger(Performer.class);

  /** WebSocket's code of a connection that broke. */
  private static final int BROKEN = 1006;

  private final FunctionCatalogue functions;
  private final List<RoomFollower> followers;
  private final Predicate<String> isThisServer;
  private final Consumer<HookCall.Leave> leaves;
  private final Runnable whenMissed;

  /**
   * @param isThisServer whether this process is called so
   * @param leaves has a leave run
   * @param whenMissed told that entries of some log are lost, before the followers are
   */
  Performer(
      FunctionCatalogue functions,
      List<RoomFollower> followers,
      Predicate<String> isThisServer,
      Consumer<HookCall.Leave> leaves,
      Runnable whenMissed) {
    this.functions = functions;
    this.followers = List.copyOf(followers);
    this.isThisServer = isThisServer;
    this.leaves = leaves;
    this.whenMissed = whenMissed;
  }

  /**
   * Somebody is in the room; gives whether that is a connection of this process. One that this
   * server has let in, and that nobody here knows any more, leaves again: its join was committed
   * after nobody waited for that.
   */
  boolean joined(RoomAddress room, Member member, String server) {
    boolean isOurs = false;
    for (RoomFollower follower : followers) {
      try {
        isOurs |= follower.joined(room, member.connection());
      } catch (RuntimeException e) {
        failed(follower, e);
      }
    }
    if (!isOurs && !followers.isEmpty() && isThisServer.test(server)) {
      letGo(room, member);
    }
    return isOurs;
  }

  /**
   * Somebody goes on, on a server; gives whether that is a connection of this process. One that
   * nobody here knows leaves, as one that has joined.
   */
  boolean resumed(RoomAddress room, Member member, String server) {
    boolean isHere = isThisServer.test(server);
    boolean isOurs = false;
    for (RoomFollower follower : followers) {
      try {
        isOurs |= follower.resumed(room, member.connection(), isHere);
      } catch (RuntimeException e) {
        failed(follower, e);
      }
    }
    if (!isOurs && !followers.isEmpty() && isHere) {
      letGo(room, member);
    }
    return isOurs;
  }

  void at(RoomAddress room, LogPosition position) {
    tell(follower -> follower.at(room, position));
  }

  /** Has the leave run of somebody whom nobody here knows. */
  void letGo(RoomAddress room, Member member) {
    leaves.accept(leave(room, member));
  }

  /** The leave of a connection that is lost. */
  static HookCall.Leave leave(RoomAddress room, Member member) {
    return new HookCall.Leave(room, member.connection(), BROKEN, "", member.identity());
  }

  void left(RoomAddress room, ConnectionId connection) {
    tell(follower -> follower.left(room, connection));
  }

  void stateChanged(RoomAddress room, ConnectionId connection, String state) {
    tell(follower -> follower.stateChanged(room, connection, state));
  }

  boolean isLetGo(RoomAddress room, ConnectionId connection) {
    return isTrueOfAny(follower -> follower.isLetGo(room, connection), false);
  }

  /**
   * Whether a connection is one of this process; also if there is nobody who could know it, or a
   * follower that fails.
   */
  boolean has(RoomAddress room, ConnectionId connection) {
    return followers.isEmpty() || isTrueOfAny(follower -> follower.has(room, connection), true);
  }

  /**
   * @param ofOneThatFails what to take for its answer
   */
  private boolean isTrueOfAny(Predicate<RoomFollower> question, boolean ofOneThatFails) {
    for (RoomFollower follower : followers) {
      try {
        if (question.test(follower)) {
          return true;
        }
      } catch (RuntimeException e) {
        failed(follower, e);
        if (ofOneThatFails) {
          return true;
        }
      }
    }
    return false;
  }

  void missed(RoomAddress room) {
    whenMissed.run();
    tell(follower -> follower.missed(room));
  }

  void fenced() {
    tell(RoomFollower::fenced);
  }

  private void tell(Consumer<RoomFollower> news) {
    for (RoomFollower follower : followers) {
      try {
        news.accept(follower);
      } catch (RuntimeException e) {
        failed(follower, e);
      }
    }
  }

  void happen(RoomAddress room, RoomEntry.Effect effect) {
    Optional<EffectFunction> function = functions.everywhere(effect.function());
    if (function.isEmpty()) {
      log.warn(
          "room {}: its log has an effect that this server does not know: {} letters",
          room,
          effect.function().length());
      return;
    }
    try {
      function.get().happenIn(room, effect.read(function.get().parameters()));
    } catch (Exception e) {
      log.error("room {}: the effect '{}' failed", room, effect.function(), e);
    }
  }

  private static void failed(RoomFollower follower, RuntimeException e) {
    log.error("{} threw, which it must not", follower.getClass().getName(), e);
  }
}
