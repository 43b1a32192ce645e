package org.cloudramp.sandbox.examples.guests;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.engine.GuestThread;
import org.cloudramp.sandbox.testkit.kv.ManualClock;

/**
 * A sandbox whose time, keys and log a script can see. It has the standard error while it is open.
 */
final class ScriptedSandbox implements AutoCloseable {
  private static final Pattern LINE_OF_GUEST =
      Pattern.compile(" ([A-Z]+) org\\.cloudramp\\.sandbox\\.guest - .* room '[^']*' \\w+: (.*)");

  private final ServiceId service;
  private final ManualClock clock = new ManualClock();
  private final MemoryKvStore keys = new MemoryKvStore();
  private final Rooms rooms = new Rooms();
  private final Sandbox sandbox;
  private final ModuleVersion version;
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final PrintStream errorOutput = System.err;

  ScriptedSandbox(Engine engine, ServiceId service, byte[] wasm, Path folder) throws Exception {
    this.service = service;
    this.sandbox =
        Sandbox.builder()
            .engine(engine.create())
            .kv(keys)
            .clock(clock)
            .extension(rooms)
            .settings(
                Map.of(
                    "store.filesystem.folder", folder.toString(),
                    "limits.time", "5s",
                    "limits.logLinesPerMinute", "1000000",
                    "quarantine.faults", "0"))
            .build();
    try {
      this.version = GuestThread.call(() -> sandbox.publish(service, wasm));
    } catch (Exception | Error e) {
      sandbox.close();
      throw e;
    }
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
  }

  ServiceId service() {
    return service;
  }

  Sandbox sandbox() {
    return sandbox;
  }

  Rooms rooms() {
    return rooms;
  }

  void setTime(long millis) {
    clock.advance(Duration.between(clock.instant(), Instant.ofEpochMilli(millis)));
  }

  void advance(long millis) {
    clock.advance(Duration.ofMillis(millis));
  }

  /** A room loses the memory that its guest keeps, if it keeps some: that costs a compile. */
  void evict(RoomAddress address) {
    boolean keepsMemory =
        sandbox.operator().rooms().stream()
            .anyMatch(room -> room.address().equals(address) && room.memoryBytes() > 0);
    if (keepsMemory) {
      sandbox.operator().evict(version);
    }
  }

  Map<String, Bytes> read(RoomAddress address, List<String> names) throws Exception {
    return keys.read(address, names).toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  /** What guests have logged since this was last asked: level and text. */
  List<String> takeLog() {
    String text = log.toString(StandardCharsets.UTF_8);
    log.reset();
    return LINE_OF_GUEST
        .matcher(text)
        .results()
        .map(line -> line.group(1).toLowerCase(Locale.ROOT) + " " + line.group(2))
        .toList();
  }

  @Override
  public void close() {
    System.setErr(errorOutput);
    sandbox.close();
  }
}
