package org.cloudramp.sandbox.benchmarks;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a hook costs in a room that keeps memory, when that is kept in the store: the presence room
 * of the examples (a class of the SDK) on Chicory, with one member who says what it does.
 */
@BenchmarkMode(Mode.SampleTime)
public class SharedMemoryBenchmark extends Measured {
  /** How many messages wait at a time. */
  private static final int BURST = 512;

  private static final Payload WORD = Payload.text("typing");

  @Param public Way way = Way.OF_ONE_SERVER;

  /** Of a Redis that is there already; empty for one that is started for this. */
  @Param("")
  public String uri = "";

  private Optional<RedisProcess> own = Optional.empty();
  private BusyRooms busy;

  /** Where the room is, and its memory. */
  public enum Way {
    /** In a room of one server. */
    OF_ONE_SERVER,

    /** In a room of several servers, in memory, which each of them would have for itself. */
    IN_MEMORY_BY_ITSELF,

    /** The same, with a memory that all of them would have. */
    IN_MEMORY,

    /** In a room of several servers, each with a memory of its own. */
    ON_REDIS_BY_ITSELF,

    /** In a room of several servers, with one memory. */
    ON_REDIS;

    private boolean isOnRedis() {
      return this == ON_REDIS || this == ON_REDIS_BY_ITSELF;
    }

    private Map<String, String> settings() {
      return switch (this) {
        case OF_ONE_SERVER -> Map.of();
        case IN_MEMORY_BY_ITSELF, ON_REDIS_BY_ITSELF ->
            Map.of("rooms.shared", "always", "limits.roomMemoryBytes", "0");
        case IN_MEMORY, ON_REDIS -> Map.of("rooms.shared", "always");
      };
    }
  }

  @Setup
  public void open() {
    Map<String, String> settings = new HashMap<>(way.settings());
    settings.put("kv", way.isOnRedis() ? "redis" : "memory");
    if (way.isOnRedis()) {
      settings.put("kv.redis.uri", uri.isEmpty() ? start() : uri);
    }
    busy = new BusyRooms(Guest.wasm("presence"), settings, 1);
  }

  private String start() {
    RedisProcess started = RedisProcess.start();
    own = Optional.of(started);
    return started.uri();
  }

  @TearDown
  public void close() {
    busy.close();
    own.ifPresent(RedisProcess::close);
  }

  /** In a room that has work: what a hook takes. */
  @Benchmark
  @OperationsPerInvocation(BURST)
  public List<HookResult> busyRoom() {
    return busy.sayManyTimes(WORD, BURST);
  }

  /** From a message to the end of its hook, in a room that is idle. */
  @Benchmark
  public HookResult idleRoom() {
    return busy.say(0, WORD);
  }
}
