package org.cloudramp.sandbox.engine.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Code that an engine before has compiled, and that comes from the disk. */
class CachedCodeTest {
  private static final InstanceLimits LIMITS = new InstanceLimits(16);
  private static final FileTime LONG_AGO = FileTime.from(Instant.EPOCH);

  @TempDir private Path home;
  private ChicoryEngine engine = new ChicoryEngine();

  @BeforeEach
  void aKey() throws IOException {
    Files.write(home.resolve("key"), new byte[32]);
    start();
  }

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void givesTheSameResults() throws IOException {
    CompiledModule module = fromTheDisk("engine/memory");

    try (var instance = module.instantiate(List.of(), LIMITS)) {
      instance.function("grow").orElseThrow().call(Duration.ofSeconds(30), 2);
      assertThat(instance.function("size").orElseThrow().call(Duration.ofSeconds(30))).isEqualTo(3);
    }
  }

  @Test
  void endsWhenItsTimeIsUpAndTellsWhereItWas() throws IOException {
    CompiledModule module = fromTheDisk("engine/places");

    try (var instance =
        module.instantiate(module.imports().stream().map(CachedCodeTest::idle).toList(), LIMITS)) {
      var loop = instance.function("loop").orElseThrow();

      Throwable late = catchThrowable(() -> loop.call(Duration.ofMillis(20)));

      assertThat(late)
          .asInstanceOf(InstanceOfAssertFactories.type(GuestException.class))
          .returns(GuestException.Kind.DEADLINE, GuestException::kind);
      assertThat(module.functionsRunningIn(late)).containsExactly(4);
    }
  }

  private static HostImport idle(FunctionImport wanted) {
    return new HostImport() {
      @Override
      public FunctionImport target() {
        return wanted;
      }

      @Override
      public long call(Memory memory, long... arguments) {
        return 0;
      }
    };
  }

  /** Compiled by the next engine, which has marked the entry of the one before as used. */
  private CompiledModule fromTheDisk(String guest) throws IOException {
    engine.compile(Guests.wasm(guest)).close();
    Path entry;
    try (Stream<Path> files = Files.list(home.resolve("cache"))) {
      entry = files.findFirst().orElseThrow();
    }
    Files.setLastModifiedTime(entry, LONG_AGO);
    Object written = Files.readAttributes(entry, "unix:ino").get("ino");
    engine.close();
    engine = new ChicoryEngine();
    start();

    CompiledModule module = engine.compile(Guests.wasm(guest));

    assertThat(Files.getLastModifiedTime(entry)).isGreaterThan(LONG_AGO);
    assertThat(Files.readAttributes(entry, "unix:ino")).containsEntry("ino", written);
    return module;
  }

  private void start() {
    engine.start(
        PluginContext.of(
            Map.of(
                "cache.folder",
                home.resolve("cache").toString(),
                "cache.keyFile",
                home.resolve("key").toString())));
  }
}
