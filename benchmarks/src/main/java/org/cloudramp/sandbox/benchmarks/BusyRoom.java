package org.cloudramp.sandbox.benchmarks;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.abi.HookConditions;
import org.cloudramp.sandbox.core.abi.HookInput;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;

/**
 * A room with one connection, in a sandbox with its default limits. What the room says is delivered
 * to the connection, which does nothing with it.
 */
final class BusyRoom implements AutoCloseable {
  /** How many messages wait at a time: well below {@code limits.queueLength}. */
  static final int BURST = 256;

  private static final ServiceId SERVICE = new ServiceId("measured");
  private static final RoomId ROOM = new RoomId("room");
  private static final ConnectionId SENDER = new ConnectionId("sender");

  private final TemporaryFolder folder = new TemporaryFolder();
  private final Sandbox sandbox;

  BusyRoom(byte[] wasm, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("store.filesystem.folder", folder.toString());
    Rooms rooms = new Rooms();
    sandbox = Sandbox.builder().settings(all).extension(rooms).build();
    sandbox.publish(SERVICE, wasm);
    rooms.attach(new RoomAddress(SERVICE, ROOM), new Sink());
  }

  /** Says it {@link #BURST} times, and waits until the last of them was answered. */
  HookResult sayManyTimes(Payload payload) {
    CompletableFuture<HookResult> last = dispatch(payload);
    for (int i = 1; i < BURST; i++) {
      last = dispatch(payload);
    }
    return completed(last);
  }

  /** Says it once, and waits for the answer. */
  HookResult say(Payload payload) {
    return completed(dispatch(payload));
  }

  /** Says it on this thread, and waits for the answer if the room was not idle. */
  HookResult sayHere(Payload payload) {
    return completed(sandbox.runOrDispatch(message(payload)).toCompletableFuture());
  }

  private CompletableFuture<HookResult> dispatch(Payload payload) {
    return sandbox.dispatch(message(payload)).toCompletableFuture();
  }

  /** What the guest of such a room is told when somebody says it. */
  static byte[] encoded(Payload payload) {
    WireWriter writer = new WireWriter();
    HookInput.of(message(payload)).encode(new HookConditions(0, 1, 2), writer);
    return writer.toArray();
  }

  /** Somebody says it in such a room. */
  static HookCall message(Payload payload) {
    return new HookCall.Message(new RoomAddress(SERVICE, ROOM), SENDER, payload);
  }

  /** What fails is fast, and no figure. */
  private static HookResult completed(CompletableFuture<HookResult> answer) {
    HookResult result = answer.join();
    if (!(result.outcome() instanceof HookOutcome.Completed)) {
      throw new IllegalStateException("the hook did not complete: " + result.outcome());
    }
    return result;
  }

  @Override
  public void close() {
    sandbox.close();
    folder.close();
  }

  private static final class Sink implements RoomConnection {
    @Override
    public ConnectionId id() {
      return SENDER;
    }

    @Override
    public boolean send(Payload payload) {
      return true;
    }

    @Override
    public void close(int code, String reason) {}
  }
}
