package org.cloudramp.sandbox.server.rooms;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.observe.OncePerMinute;
import org.cloudramp.sandbox.server.session.SessionSecret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all sessions of a server share: how many are away, how often one comes back, and how many
 * are told at a time what they have missed. Thread-safe.
 */
final class Sessions {
  private static final Logger log = LoggerFactory.getLogger(Sessions.class);

  /** Bytes of randomness in a connection's id: too many to guess one that exists. */
  private static final int ID_BYTES = 16;

  /** Sessions whose resumes are counted, of some 250 bytes each. */
  private static final int COUNTED = 100_000;

  /** Each may hold a part of a room's log meanwhile. */
  private static final int REPLAYS = 16;

  private final SecureRandom random = new SecureRandom();
  private final SharedBudget<ServiceId> away;
  private final OncePerMinute tooManyAway = new OncePerMinute(log, System::nanoTime);
  private final Cache<ConnectionId, RecentResumes> resumes =
      Caffeine.newBuilder()
          .maximumSize(COUNTED)
          .expireAfterAccess(RecentResumes.PERIOD) // after which it has none to count
          .build();

  /** Who asks for a session, with what secret. */
  private record Asking(ConnectionId connection, Bytes secret) {}

  /** How many ask now: no more than there are sockets. */
  private final Map<Asking, Integer> asking = new ConcurrentHashMap<>();

  // Guarded by this.
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private int replaying;

  /**
   * @param maxAway how many sessions may be away at a time
   */
  Sessions(int maxAway) {
    this.away = new SharedBudget<>(maxAway);
  }

  ConnectionId newId() {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    return new ConnectionId(Base64.getUrlEncoder().withoutPadding().encodeToString(id));
  }

  SessionSecret newSecret() {
    return SessionSecret.random(random);
  }

  /** How many are away. */
  long away() {
    return away.used();
  }

  /** How many may be. */
  long maxAway() {
    return away.max();
  }

  /** A session has lost its socket; whether it may stay in its room for a while. */
  boolean tryGoAway(ServiceId service) {
    if (away.used() < away.max() && away.tryTake(service, 1)) {
      return true;
    }
    tooManyAway.warn(
        "sessions of service '{}' leave their rooms at once: {} sessions are away (sandbox.server.awaySessions)",
        service,
        away.used());
    return false;
  }

  /** It is not away any more. */
  void isBack(ServiceId service) {
    away.giveBack(service, 1);
  }

  /**
   * Somebody asks to go on with a session, which takes a turn of its room; {@link #answered} is to
   * be called after it.
   *
   * @param secret what they know of it: whoever knows something else takes nothing from its owner
   * @return false if as many ask already as may come back in a while
   */
  boolean tryAsk(ConnectionId connection, Bytes secret) {
    boolean[] isAsking = {false};
    asking.compute(
        new Asking(connection, secret),
        (key, present) -> {
          int count = present == null ? 0 : present;
          isAsking[0] = count < RecentResumes.MOST;
          return isAsking[0] ? count + 1 : present;
        });
    return isAsking[0];
  }

  /** Whoever asked has been answered. */
  void answered(ConnectionId connection, Bytes secret) {
    asking.computeIfPresent(
        new Asking(connection, secret), (key, count) -> count == 1 ? null : count - 1);
  }

  /** Whether a session has come back as often as it may: to say no before anything is asked. */
  boolean resumesTooOften(ConnectionId connection) {
    RecentResumes recent = resumes.getIfPresent(connection);
    return recent != null && recent.isExhausted(System.nanoTime());
  }

  /**
   * Counts that a session comes back, which whoever asks has shown to be theirs: of those who only
   * say so, nothing is counted.
   *
   * @return false if it has come back too often
   */
  boolean tryResume(ConnectionId connection) {
    return resumes.get(connection, id -> new RecentResumes()).tryAdd(System.nanoTime());
  }

  /**
   * Reads what somebody has missed, when it is their turn. How many wait is bounded by how many
   * connections there may be.
   *
   * @param replay begins it; does not wait
   */
  void replay(Supplier<CompletionStage<?>> replay) {
    Runnable task = () -> begin(replay);
    synchronized (this) {
      if (replaying >= REPLAYS) {
        waiting.add(task);
        return;
      }
      replaying++;
    }
    task.run();
  }

  private void begin(Supplier<CompletionStage<?>> replay) {
    try {
      var unused = replay.get().whenCompleteAsync((done, error) -> next());
    } catch (RuntimeException e) {
      log.error("what a session has missed could not be read", e);
      next();
    }
  }

  private void next() {
    Runnable task;
    synchronized (this) {
      task = waiting.poll();
      if (task == null) {
        replaying--;
        return;
      }
    }
    task.run();
  }
}
