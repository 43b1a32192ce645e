package org.cloudramp.sandbox.benchmarks;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Operator;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.Rooms;

/**
 * More services than slots, each with a module of its own and one room. Which of them is asked next
 * follows Zipf's law: the service of rank r is asked 1/r as often as the first.
 */
final class CrowdedTable implements AutoCloseable {
  private static final RoomId ROOM = new RoomId("room");
  private static final ConnectionId SENDER = new ConnectionId("sender");

  private final TemporaryFolder folder = new TemporaryFolder();
  private final Random random = new Random(1);
  private final Sandbox sandbox;
  private final List<ServiceId> services;

  /** How often the first services are asked, the first {@code i + 1} of them together. */
  private final double[] cumulated;

  CrowdedTable(byte[] wasm, int count, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("store.filesystem.folder", folder.toString());
    // The store is asked for the live version by whoever comes back after this: not what is
    // measured.
    all.put("refresh", "1h");
    sandbox = Sandbox.builder().settings(all).extension(new Rooms()).build();
    services = IntStream.range(0, count).mapToObj(i -> new ServiceId("service-" + i)).toList();
    for (ServiceId service : services) {
      sandbox.publish(service, labelled(wasm, service.value()));
    }
    cumulated = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += 1.0 / (i + 1);
      cumulated[i] = sum;
    }
  }

  /** The same module with a custom section that says a name: other bytes, so another version. */
  private static byte[] labelled(byte[] wasm, String label) {
    byte[] text = label.getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(wasm);
    bytes.write(0); // a custom section
    bytes.write(text.length + 2);
    bytes.write(1);
    bytes.write('n');
    bytes.writeBytes(text);
    return bytes.toByteArray();
  }

  /** Says it in the room of whoever is next, and waits for the answer. */
  HookResult say(Payload payload) {
    HookCall.Message message = new HookCall.Message(new RoomAddress(next(), ROOM), SENDER, payload);
    HookResult result = sandbox.dispatch(message).toCompletableFuture().join();
    if (!(result.outcome() instanceof HookOutcome.Completed)) {
      throw new IllegalStateException("the hook did not complete: " + result.outcome());
    }
    return result;
  }

  private ServiceId next() {
    double point = random.nextDouble() * cumulated[cumulated.length - 1];
    int rank = 0;
    while (cumulated[rank] <= point) {
      rank++;
    }
    return services.get(rank);
  }

  Operator.KeptCode keptCode() {
    return sandbox.operator().keptCode();
  }

  @Override
  public void close() {
    sandbox.close();
    folder.close();
  }
}
