package org.cloudramp.sandbox.core;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.core.gate.ModuleGate;
import org.cloudramp.sandbox.core.plugin.PluginJars;
import org.cloudramp.sandbox.core.plugin.PluginLifecycle;
import org.cloudramp.sandbox.core.recording.Recording;
import org.cloudramp.sandbox.core.replay.Replay;
import org.cloudramp.sandbox.core.replay.ReplayReport;
import org.cloudramp.sandbox.core.schedule.Workers;

/**
 * Replays what rooms did, on the engine that settings name. Needs no store, and changes nothing
 * anywhere. Thread-safe.
 */
public final class RoomReplay implements AutoCloseable {
  private final PluginJars jars;
  private final PluginLifecycle plugins;
  private final Replay replay;

  /** One thread, with the stack that guests need. */
  private final Workers workers = new Workers("sandbox-replay", 1);

  private RoomReplay(PluginJars jars, PluginLifecycle plugins, Replay replay) {
    this.jars = jars;
    this.plugins = plugins;
    this.replay = replay;
  }

  /**
   * Starts an engine.
   *
   * @param settings as those of a sandbox, of which {@code engine}, {@code engine.*}, {@code
   *     plugins} and {@code gate.*} matter
   * @throws org.cloudramp.sandbox.api.error.ConfigurationException if the settings do not fit
   */
  public static RoomReplay of(Map<String, String> settings) {
    SettingValues values = SettingValues.none().with(settings);
    SandboxSettings read = SandboxSettings.read(values);
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    PluginJars jars =
        new PluginJars(loader == null ? RoomReplay.class.getClassLoader() : loader, read.plugins());
    PluginLifecycle plugins = new PluginLifecycle(values, Clock.systemUTC(), read.startTimeout());
    try {
      WasmEngine engine = jars.offering(WasmEngine.class, "engine").choose(read.engine());
      plugins.requireOnly("engine", List.of(engine));
      plugins.start("engine", engine);
      return new RoomReplay(jars, plugins, new Replay(engine, new ModuleGate(read.gate())));
    } catch (Throwable e) {
      plugins.close();
      jars.close();
      throw e;
    }
  }

  /**
   * Replays a recording. Blocks as long as all of its hooks take.
   *
   * @param modules gives the bytes that take the place of a recorded module: those of that digest,
   *     or others, to see what they do
   * @throws org.cloudramp.sandbox.api.error.SandboxException if a module cannot be loaded
   * @throws org.cloudramp.sandbox.core.recording.RecordingException if an image in the recording
   *     cannot be read
   */
  public ReplayReport run(Recording recording, Function<Digest, byte[]> modules) {
    try {
      return CompletableFuture.supplyAsync(() -> replay.run(recording, modules), workers).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Ends the engine. Idempotent. */
  @Override
  public void close() {
    workers.close();
    plugins.close();
    jars.close();
  }
}
