package org.cloudramp.sandbox.benchmarks;

import java.util.Map;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One message through the whole sandbox: queue, lease, restored instance, event, guest under its
 * limits, broadcast, delivery.
 */
public class HookBenchmark extends Measured {
  @Param({"chicory", "wasmtime"})
  public String engine = "chicory";

  @Param public Guest guest = Guest.LIGHT;

  private BusyRooms room;
  private Payload message;

  @Setup
  public void open() {
    room = new BusyRooms(guest.wasm(), Map.of("engine", engine));
    message = guest.message();
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

  /** In a room that is idle, on the thread that calls. */
  @Benchmark
  public HookResult runOrDispatch() {
    return room.sayHere(message);
  }

  /** In a room that is idle: two threads have to wake each other. */
  @Benchmark
  public HookResult dispatchAndWait() {
    return room.say(message);
  }
}
