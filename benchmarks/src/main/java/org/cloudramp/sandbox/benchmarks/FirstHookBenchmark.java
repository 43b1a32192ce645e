package org.cloudramp.sandbox.benchmarks;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The first who joins a room of the chat, in a JVM that has run no hook before. */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 5, jvmArgsAppend = "-Xss2m")
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class FirstHookBenchmark extends Measured {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final RoomAddress ROOM = new RoomAddress(CHAT, new RoomId("room"));
  private static final ConnectionId SOMEBODY = new ConnectionId("somebody");

  /** What came before. */
  public enum After {
    /** The process has begun, and nothing is compiled before it is needed. */
    NOTHING,
    /** The module was uploaded to this process. */
    UPLOAD,
    /** The process has begun and preloaded what was in the store. */
    START
  }

  @Param({"chicory", "wasmtime"})
  public String engine = "chicory";

  @Param public After after = After.UPLOAD;

  @Param({"0s", "100ms"})
  public String warmUp = "100ms";

  private TemporaryFolder folder;
  private Sandbox sandbox;

  @Setup
  public void open() {
    folder = new TemporaryFolder();
    if (after != After.UPLOAD) {
      folder.store(CHAT, Guest.CHAT.wasm());
    }
    Map<String, String> settings = new HashMap<>();
    settings.put("store.filesystem.folder", folder.toString());
    settings.put("engine", engine);
    settings.put("warmUp", warmUp);
    settings.put("preload", after == After.START ? "1" : "0");
    settings.put("limits.time", "10s");
    sandbox = Sandbox.builder().settings(settings).extension(new Rooms()).build();
    if (after == After.UPLOAD) {
      sandbox.publish(CHAT, Guest.CHAT.wasm());
    }
    while (after == After.START && sandbox.operator().keptCode().versions() == 0) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  @TearDown
  public void close() {
    sandbox.close();
    folder.close();
  }

  @Benchmark
  public HookResult join() {
    return sandbox.dispatch(new HookCall.Join(ROOM, SOMEBODY)).toCompletableFuture().join();
  }
}
