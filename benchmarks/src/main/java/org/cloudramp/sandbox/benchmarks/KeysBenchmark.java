package org.cloudramp.sandbox.benchmarks;

import java.util.HashMap;
import java.util.Map;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a hook takes of its room by the keys that it reads and writes, of 64 bytes each. A Redis
 * server has to be there already, at {@code uri}.
 */
public class KeysBenchmark extends Measured {
  @Param({"memory", "redis"})
  public String kv = "memory";

  @Param("redis://127.0.0.1:6379")
  public String uri = "";

  @Param public Hook hook = Hook.NOTHING;

  /** One more, such as {@code limits.hooksPerCommit:1}. */
  @Param("none")
  public String setting = "none";

  private BusyRooms room;
  private Payload message;

  /** What the hook does; {@code keys.wat} knows it by its letter. */
  public enum Hook {
    NOTHING("n"),
    READ_ONE("r"),
    READ_TEN("R"),
    READ_TEN_AT_ONCE("m"),
    WRITE_ONE("w"),
    WRITE_TEN("W"),
    READ_WRITE_AND_SAY("s");

    private final String letter;

    Hook(String letter) {
      this.letter = letter;
    }
  }

  @Setup
  public void open() {
    Map<String, String> settings = new HashMap<>(Map.of("kv", kv));
    if (kv.equals("redis")) {
      settings.put("kv.redis.uri", uri);
    }
    int colon = setting.indexOf(':');
    if (colon > 0) {
      settings.put(setting.substring(0, colon), setting.substring(colon + 1));
    }
    room = new BusyRooms(Guest.wasm("by-hand/keys"), settings);
    room.say(Payload.text(Hook.WRITE_TEN.letter));
    message = Payload.text(hook.letter);
  }

  @TearDown
  public void close() {
    room.close();
  }

  /** In a room that has work: what a hook takes of it. */
  @Benchmark
  @OperationsPerInvocation(BusyRooms.BURST)
  public HookResult dispatch() {
    return room.sayManyTimes(message);
  }

  /** In a room that is idle: from a message to the end of its hook. */
  @Benchmark
  public HookResult dispatchAndWait() {
    return room.say(message);
  }
}
