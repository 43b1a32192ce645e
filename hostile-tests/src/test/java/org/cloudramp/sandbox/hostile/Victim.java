package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;

/**
 * A room of somebody else on the same server: one connection that says a number a hundred times a
 * second, and hears it again.
 */
final class Victim implements RoomConnection, AutoCloseable {
  private static final ServiceId SERVICE = new ServiceId("victim");
  private static final RoomId ROOM = new RoomId("quiet");
  private static final ConnectionId SELF = new ConnectionId("victim");
  private static final int MAX_LATENCIES = 10_000_000;

  private final Sandbox sandbox;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "victim"));
  private final AtomicLong said = new AtomicLong();
  private final AtomicLong heard = new AtomicLong();
  private volatile String trouble = "";
  private final List<Long> latencies = new ArrayList<>();

  Victim(Sandbox sandbox, Rooms rooms) {
    this.sandbox = sandbox;
    sandbox.publish(SERVICE, Guests.wasm("echo"));
    rooms.attach(new RoomAddress(SERVICE, ROOM), this);
    sandbox
        .dispatch(new HookCall.Join(new RoomAddress(SERVICE, ROOM), SELF))
        .toCompletableFuture()
        .join();
    Future<?> unused = clock.scheduleAtFixedRate(this::say, 10, 10, TimeUnit.MILLISECONDS);
  }

  private void say() {
    String text = said.incrementAndGet() + " " + System.nanoTime();
    sandbox
        .dispatch(new HookCall.Message(new RoomAddress(SERVICE, ROOM), SELF, Payload.text(text)))
        .whenComplete(
            (result, error) -> {
              if (error != null || !result.accepted()) {
                complain("message " + text + ": " + (error != null ? error : result.outcome()));
              }
            });
  }

  /** Keeps the first complaint: the others follow from it. */
  private synchronized void complain(String what) {
    if (trouble.isEmpty()) {
      trouble = what;
    }
  }

  @Override
  public ConnectionId id() {
    return SELF;
  }

  /** What the room says. Called in the order in which it does, by one thread at a time. */
  @Override
  public boolean send(Payload payload) {
    if (payload.text().startsWith("+")) {
      return true;
    }
    String[] numberAndTime = payload.text().split(" ", 2);
    long expected = heard.get() + 1;
    if (Long.parseLong(numberAndTime[0]) != expected) {
      complain("heard " + numberAndTime[0] + " where " + expected + " was to come");
    }
    synchronized (latencies) {
      if (latencies.size() < MAX_LATENCIES) {
        latencies.add(System.nanoTime() - Long.parseLong(numberAndTime[1]));
      }
    }
    heard.incrementAndGet();
    return true;
  }

  @Override
  public void close(int code, String reason) {}

  /** Waits until all that has been said up to now has been heard, and asserts that nothing else. */
  void assertGoesOn() {
    long saidSoFar = said.get() + 1;
    Awaitility.await("the victim goes on")
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> heard.get() >= saidSoFar || !trouble.isEmpty());
    assertThat(trouble).as("the victim's trouble").isEmpty();
  }

  /** How long each message took from the moment it was said, in nanoseconds, sorted. */
  List<Long> latencies() {
    synchronized (latencies) {
      return latencies.stream().sorted().toList();
    }
  }

  /** Forgets what was measured so far: the JIT has its first minute. */
  void forgetLatencies() {
    synchronized (latencies) {
      latencies.clear();
    }
  }

  @Override
  public void close() {
    clock.shutdown();
    Awaitility.await("the last word").until(clock::isTerminated);
    Awaitility.await("nothing is lost")
        .atMost(60, TimeUnit.SECONDS)
        .until(() -> heard.get() == said.get() || !trouble.isEmpty());
    assertThat(trouble).as("the victim's trouble").isEmpty();
  }
}
