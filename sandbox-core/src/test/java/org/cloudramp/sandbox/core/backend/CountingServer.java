package org.cloudramp.sandbox.core.backend;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.jspecify.annotations.Nullable;

/**
 * One of several servers that count in one room, as a process of its own. Dispatches until so many
 * hooks have completed. Prints {@code ready}, then waits for a line of input, then prints {@code
 * progress} lines, and, when all servers have counted, a line for each number that was broadcast to
 * the connection that is in the room here, and one for each hook that failed.
 */
final class CountingServer {
  static final ServiceId SERVICE = new ServiceId("counter");
  static final RoomId LOBBY = new RoomId("lobby");

  /** Calls that run or wait in the room at a time. */
  private static final int AT_A_TIME = 4;

  private final Sandbox sandbox;
  private final AtomicInteger toBegin = new AtomicInteger();
  private final AtomicInteger completed = new AtomicInteger();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();

  private CountingServer(Sandbox sandbox) {
    this.sandbox = sandbox;
  }

  /**
   * Arguments: the folder of the modules, the URI of Redis, how many hooks are to complete here,
   * and how many on all servers.
   */
  public static void main(String... arguments) throws Exception {
    Rooms rooms = new Rooms();
    int goal = Integer.parseInt(arguments[2]);
    try (Sandbox sandbox =
        Sandbox.builder()
            .settings(
                Map.of(
                    "store.filesystem.folder", arguments[0],
                    "kv", "redis",
                    "kv.redis.uri", arguments[1],
                    "limits.time", "5s",
                    "limits.commitTime", "60s"))
            .extension(rooms)
            .build()) {
      sandbox.publish(SERVICE, Guests.wasm("count"));
      Listening listening = new Listening();
      rooms.attach(new RoomAddress(SERVICE, LOBBY), listening);
      HookCall join = new HookCall.Join(new RoomAddress(SERVICE, LOBBY), listening.id());
      sandbox.dispatch(join).toCompletableFuture().join();

      System.out.println("ready");
      int go = System.in.read();
      CountingServer server = new CountingServer(sandbox);
      if (go >= 0) {
        server.count(goal, listening.id());
      }

      listening.await(Integer.parseInt(arguments[3]));
      listening.numbers.forEach(number -> System.out.println("heard " + number));
      server.failures.forEach(failure -> System.out.println("failed " + failure));
      System.out.println("end");
    }
  }

  /** Keeps several calls in the room's queue until so many have completed. */
  private void count(int goal, ConnectionId user) {
    toBegin.set(goal);
    List<CompletableFuture<Void>> lines = new ArrayList<>();
    for (int i = 0; i < AT_A_TIME; i++) {
      CompletableFuture<Void> line = new CompletableFuture<>();
      lines.add(line);
      next(user, line);
    }
    CompletableFuture.allOf(lines.toArray(CompletableFuture[]::new)).join();
  }

  private void next(ConnectionId user, CompletableFuture<Void> line) {
    if (toBegin.getAndDecrement() <= 0) {
      line.complete(null);
      return;
    }
    CompletionStage<HookResult> unused =
        sandbox
            .dispatch(
                new HookCall.Message(new RoomAddress(SERVICE, LOBBY), user, Payload.text("1")))
            .whenComplete(
                (result, error) -> {
                  if (!hasCompleted(result, error)) {
                    toBegin.incrementAndGet(); // once more
                  }
                  next(user, line);
                });
  }

  /** Whether a hook completed. One that could not read its counter has done nothing. */
  private boolean hasCompleted(@Nullable HookResult result, @Nullable Throwable error) {
    if (result == null) {
      failures.add("without a run: " + error);
      return false;
    }
    if (result.outcome() instanceof HookOutcome.Completed) {
      int number = completed.incrementAndGet();
      if (number % 50 == 0) {
        System.out.println("progress " + number);
      }
      return true;
    }
    boolean couldNotRead =
        result.outcome() instanceof HookOutcome.Failed failed
            && failed.cause() instanceof StoreException
            && String.valueOf(failed.cause().getMessage()).contains("could not be read");
    if (!couldNotRead) {
      failures.add(result.outcome().toString().replace('\n', ' '));
    }
    return false;
  }

  /** Is in the room, and remembers the numbers that are broadcast there. */
  private static final class Listening implements RoomConnection {
    private final ConnectionId id = new ConnectionId("listens-" + ProcessHandle.current().pid());
    private final List<Long> numbers = new ArrayList<>();

    @Override
    public ConnectionId id() {
      return id;
    }

    @Override
    public synchronized boolean send(Payload payload) {
      notifyAll();
      return numbers.add(
          ByteBuffer.wrap(payload.bytes().toArray()).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }

    synchronized void await(int count) throws InterruptedException {
      while (numbers.size() < count) {
        wait();
      }
    }

    @Override
    public void close(int code, String reason) {}
  }
}
