package org.cloudramp.sandbox.benchmarks;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
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
 * Rooms with one member each, in a sandbox with its default limits. What a room says is delivered
 * to its member, who does nothing with it.
 */
final class BusyRooms implements AutoCloseable {
  /** How many messages wait in a room at a time: well below {@code limits.queueLength}. */
  static final int BURST = 256;

  private static final ServiceId SERVICE = new ServiceId("measured");
  static final ConnectionId SENDER = new ConnectionId("sender");

  private final TemporaryFolder folder = new TemporaryFolder();
  private final Sandbox sandbox;
  private final List<RoomAddress> addresses;

  /** One room. */
  BusyRooms(byte[] wasm, Map<String, String> settings) {
    this(wasm, settings, 1);
  }

  BusyRooms(byte[] wasm, Map<String, String> settings, int count) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("store.filesystem.folder", folder.toString());
    Rooms rooms = new Rooms();
    sandbox = Sandbox.builder().settings(all).extension(rooms).build();
    sandbox.publish(SERVICE, wasm);
    String place = UUID.randomUUID().toString(); // in a store where others have been before
    addresses = IntStream.range(0, count).mapToObj(i -> room(place + "-" + i)).toList();
    for (RoomAddress address : addresses) {
      rooms.attach(address, new Sink());
      var unused =
          sandbox.dispatch(new HookCall.Join(address, SENDER)).toCompletableFuture().join();
    }
  }

  private static RoomAddress room(String name) {
    return new RoomAddress(SERVICE, new RoomId(name));
  }

  /** Says it {@link #BURST} times in the first room, and waits until the last was answered. */
  HookResult sayManyTimes(Payload payload) {
    CompletableFuture<HookResult> last = dispatch(addresses.get(0), payload);
    for (int i = 1; i < BURST; i++) {
      last = dispatch(addresses.get(0), payload);
    }
    return completed(last);
  }

  /** Says it so many times in each room, in turn, and waits until the last in each was answered. */
  List<HookResult> sayManyTimes(Payload payload, int times) {
    for (int i = 1; i < times; i++) {
      for (RoomAddress address : addresses) {
        var unused = dispatch(address, payload);
      }
    }
    return addresses.stream().map(address -> dispatch(address, payload)).toList().stream()
        .map(BusyRooms::completed)
        .toList();
  }

  /** Says it once in the first room, and waits for the answer. */
  HookResult say(Payload payload) {
    return say(0, payload);
  }

  /** Says it once in the room of that number, and waits for the answer. */
  HookResult say(int room, Payload payload) {
    return completed(dispatch(addresses.get(room), payload));
  }

  /** Says it on this thread, and waits for the answer if the room was not idle. */
  HookResult sayHere(Payload payload) {
    return completed(
        sandbox.runOrDispatch(message(addresses.get(0), payload)).toCompletableFuture());
  }

  private CompletableFuture<HookResult> dispatch(RoomAddress address, Payload payload) {
    return sandbox.dispatch(message(address, payload)).toCompletableFuture();
  }

  /** What the guest of such a room is told when somebody says it. */
  static byte[] encoded(Payload payload) {
    WireWriter writer = new WireWriter();
    HookInput.of(message(room("room"), payload)).encode(new HookConditions(0, 1, 2), writer);
    return writer.toArray();
  }

  private static HookCall message(RoomAddress address, Payload payload) {
    return new HookCall.Message(address, SENDER, payload);
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
