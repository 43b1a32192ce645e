package org.cloudramp.sandbox.kv.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Names the Redis keys of a service, which are in one slot of a Cluster, and in another than those
 * of its rooms ({@link RoomKeys}):
 *
 * <pre>
 * sandbox:{chat}:b
 * sandbox:{chat}:d
 * </pre>
 */
final class ServiceKeys {
  private final String prefix;

  ServiceKeys(ServiceId service) {
    prefix = "sandbox:{" + service.value() + "}:";
  }

  /** The bytes of each room, and the rooms whose bytes change by themselves with when they do. */
  List<byte[]> bytesAndDues() {
    return List.of(
        (prefix + "b").getBytes(StandardCharsets.US_ASCII),
        (prefix + "d").getBytes(StandardCharsets.US_ASCII));
  }
}
