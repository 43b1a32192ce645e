package org.cloudramp.sandbox.benchmarks;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;

/**
 * What a hook costs whose messages are committed to the log of its room: the chat of the SDK on
 * Chicory, with one member in each room, on a Redis of its own or in memory. Each burst and each
 * message is a sample: a mean would say how busy the machine was besides.
 */
@BenchmarkMode(Mode.SampleTime)
public class SharedRoomBenchmark extends Measured {
  /** How many messages wait at a time, in all rooms together. */
  private static final int BURST = 512;

  private static final int TALKERS = 32;

  @Param public Way way = Way.IN_MEMORY;

  @Param({"1", "8"})
  public int rooms = 1;

  /** Of a Redis that is there already; empty for one that is started for this. */
  @Param("")
  public String uri = "";

  private Optional<RedisProcess> own = Optional.empty();
  private BusyRooms busy;

  /** Where hooks commit, and how many of a room at a time. */
  public enum Way {
    /** Nobody else sees the room, and there is no way to a store. */
    IN_MEMORY,
    /** One way to Redis and back for each hook. */
    ONE_BY_ONE,
    /** As a server does unless it is told otherwise. */
    TOGETHER;

    private Map<String, String> settings() {
      return switch (this) {
        case IN_MEMORY -> Map.of("kv", "memory");
        case ONE_BY_ONE -> Map.of("kv", "redis", "limits.hooksPerCommit", "1");
        case TOGETHER -> Map.of("kv", "redis");
      };
    }
  }

  /** Whoever talks among others has a room. */
  @State(Scope.Thread)
  public static class Talker {
    private static final AtomicInteger NEXT = new AtomicInteger();
    private final int number = NEXT.getAndIncrement();
  }

  @Setup
  public void open() {
    Map<String, String> settings = new HashMap<>(way.settings());
    if (way != Way.IN_MEMORY) {
      settings.put("kv.redis.uri", uri.isEmpty() ? start() : uri);
    }
    busy = new BusyRooms(Guest.CHAT.wasm(), settings, rooms);
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

  /** In rooms that have work: what a hook takes of all of them together. */
  @Benchmark
  @OperationsPerInvocation(BURST)
  public List<HookResult> busyRooms() {
    return busy.sayManyTimes(Guest.CHAT.message(), BURST / rooms);
  }

  /** From a message to the end of its hook, in a room that is idle. */
  @Benchmark
  public HookResult idleRoom() {
    return busy.say(0, Guest.CHAT.message());
  }

  /** The same, where thirty-two talk at a time and each waits for his answer. */
  @Benchmark
  @Threads(TALKERS)
  public HookResult amongOthers(Talker talker) {
    return busy.say(talker.number % rooms, Guest.CHAT.message());
  }
}
