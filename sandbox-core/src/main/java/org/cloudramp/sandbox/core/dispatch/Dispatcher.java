package org.cloudramp.sandbox.core.dispatch;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.module.CurrentVersions;
import org.cloudramp.sandbox.core.module.LoadedModule;
import org.cloudramp.sandbox.core.module.RoomKey;
import org.cloudramp.sandbox.core.table.ModuleTable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts each call into the queue of its room. Thread-safe.
 *
 * <ol>
 *   <li>In one room, one hook runs at a time, in the order in which the calls came.
 *   <li>Rooms take turns: after each hook a room goes to the end of the line. A service uses only
 *       some of the workers at a time, whatever its rooms do.
 *   <li>A room whose queue is full refuses at once; what it has accepted, it runs.
 *   <li>A room without calls takes no memory.
 * </ol>
 */
public final class Dispatcher implements AutoCloseable {
  /**
   * What every run needs.
   *
   * @param versions which version of a service is live
   * @param table where modules are
   * @param stores what the hooks of a service read and write
   * @param limits of a service's runs
   * @param clock the time that guests see
   * @param listener told of each call; does not throw
   * @param quarantine which versions may not run
   * @param serviceLog what guests say, and what is said of hooks
   */
  public record Environment(
      CurrentVersions versions,
      ModuleTable<LoadedModule> table,
      Function<ServiceId, KvStore> stores,
      Function<ServiceId, Limits> limits,
      Clock clock,
      HookListener listener,
      Quarantine quarantine,
      ServiceLog serviceLog) {}

  private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final ConcurrentHashMap<RoomKey, RoomQueue> rooms = new ConcurrentHashMap<>();
  private final Environment environment;
  private final ServiceLanes lanes;
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private volatile boolean closed;

  /**
   * A dispatcher without rooms.
   *
   * @param workers where guests run
   * @param workersPerService how many of them one service may use at a time
   */
  public Dispatcher(Environment environment, Executor workers, int workersPerService) {
    this.environment = environment;
    this.lanes = new ServiceLanes(workers, workersPerService);
  }

  /**
   * Queues a call.
   *
   * @return completes when the hook has run, whatever came of it; exceptionally if it did not run
   */
  public CompletableFuture<HookResult> dispatch(HookCall call) {
    RoomKey key = new RoomKey(call.service(), call.room());
    Limits limits = environment.limits().apply(call.service());
    if (call instanceof HookCall.Message message
        && message.payload().bytes().size() > limits.messageBytes()) {
      return refused(
          "%s: a message of %d bytes was refused; limits.messageBytes allows %d"
              .formatted(key, message.payload().bytes().size(), limits.messageBytes()));
    }
    while (!closed) {
      RoomQueue room = rooms.computeIfAbsent(key, k -> new RoomQueue(limits.queueLength()));
      HookRun run =
          new HookRun(
              call,
              environment,
              task -> lanes.execute(call.service(), task),
              () -> ended(key, room));
      switch (room.offer(run)) {
        case BEGIN -> {
          lanes.execute(call.service(), run::begin);
          return run.result();
        }
        case WAIT -> {
          return run.result();
        }
        case FULL -> {
          return refused(
              "%s: %s was refused because %d calls are waiting (limits.queueLength)"
                  .formatted(key, call.hook(), limits.queueLength()));
        }
        case RETIRED -> rooms.remove(key, room);
      }
    }
    return refused("%s: %s was refused because the sandbox is closed".formatted(key, call.hook()));
  }

  /** How many rooms have calls that wait or run. */
  public int activeRooms() {
    return rooms.size();
  }

  private static CompletableFuture<HookResult> refused(String message) {
    return CompletableFuture.failedFuture(new GuestException(GuestException.Kind.QUOTA, message));
  }

  private void ended(RoomKey key, RoomQueue room) {
    HookRun next = room.next();
    if (next != null) {
      lanes.execute(key.service(), next::begin);
      return;
    }
    rooms.remove(key, room);
    if (closed && rooms.isEmpty()) {
      drained.complete(null);
    }
  }

  /** Takes no more calls, and waits up to five seconds for those it has accepted. */
  @Override
  public void close() {
    closed = true;
    if (rooms.isEmpty()) {
      return;
    }
    try {
      drained.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      log.warn("{} rooms still had calls when the sandbox closed", rooms.size());
    }
  }
}
