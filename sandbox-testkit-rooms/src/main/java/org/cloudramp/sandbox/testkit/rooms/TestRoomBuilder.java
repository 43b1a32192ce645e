package org.cloudramp.sandbox.testkit.rooms;

import java.util.Map;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.SandboxBuilder;
import org.cloudramp.sandbox.testkit.kv.ManualClock;

/** A {@link TestRoom} in the making. Not thread-safe. */
public final class TestRoomBuilder {
  final byte[] wasm;
  final ManualClock clock = new ManualClock();

  final SandboxBuilder sandbox =
      Sandbox.builder()
          .store(new MemoryModuleStore())
          // Machines that run tests are slow at times, and tests make guests fail on purpose.
          .settings(Map.of("limits.time", "2s", "quarantine.faults", "0"));

  ServiceId service = new ServiceId("test");
  RoomId room = new RoomId("lobby");

  TestRoomBuilder(byte[] wasm) {
    this.wasm = wasm.clone();
  }

  /** Whose room it is; {@code test} if nothing is said. */
  public TestRoomBuilder service(String id) {
    service = new ServiceId(id);
    return this;
  }

  /** What the room is called; {@code lobby} if nothing is said. */
  public TestRoomBuilder room(String id) {
    room = new RoomId(id);
    return this;
  }

  /** Which engine of those on the class path runs it; {@code chicory} if nothing is said. */
  public TestRoomBuilder engine(String name) {
    return setting("engine", name);
  }

  /**
   * Adds host functions, and lets the module use them. Their settings are {@link #setting}s, such
   * as {@code functions.leaderboard.most}.
   */
  public TestRoomBuilder functions(HostFunctionProvider... providers) {
    sandbox.functions(providers);
    for (HostFunctionProvider provider : providers) {
      setting("permissions." + provider.name(), "*");
    }
    return this;
  }

  /** Any setting of a sandbox, such as {@code limits.time} or {@code kv}. */
  public TestRoomBuilder setting(String name, String value) {
    sandbox.settings(Map.of(name, value));
    return this;
  }

  /**
   * Publishes the module and opens the room. Close it.
   *
   * @throws org.cloudramp.sandbox.api.error.ModuleException if a server would refuse the upload
   * @throws org.cloudramp.sandbox.api.error.GuestException if it cannot be initialised
   * @throws org.cloudramp.sandbox.api.error.ConfigurationException if the settings do not fit
   */
  public TestRoom open() {
    return new TestRoom(this);
  }
}
