package org.cloudramp.sandbox.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.engine.chicory.ChicoryEngine;
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

/** A JVM that has compiled nothing takes in the chat of a hundred services, each another module. */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 5, jvmArgsAppend = "-Xss2m")
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class CompileBenchmark extends Measured {
  private static final int MODULES = 100;

  /** Where the compiled code comes from. */
  public enum Code {
    /** It is compiled. */
    COMPILED,
    /** It was compiled before, and comes from the disk. */
    CACHED
  }

  @Param public Code code = Code.CACHED;

  private final List<byte[]> modules = new ArrayList<>();
  private final List<CompiledModule> compiled = new ArrayList<>();
  private TemporaryFolder folder;
  private ChicoryEngine engine;

  @Setup
  public void open() throws IOException, InterruptedException {
    folder = new TemporaryFolder();
    for (int i = 0; i < MODULES; i++) {
      modules.add(named(Guest.CHAT.wasm(), i));
    }
    engine = new ChicoryEngine();
    if (code == Code.COMPILED) {
      engine.start(PluginContext.empty());
      return;
    }
    Path key = Files.write(Path.of(folder + "/key"), new byte[32]);
    engine.start(
        PluginContext.of(
            Map.of("cache.folder", folder + "/cache", "cache.keyFile", key.toString())));
    fillInAnotherProcess();
  }

  /** Whoever fills the cache compiles; the JVM that is measured is not to have done so. */
  private void fillInAnotherProcess() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                System.getProperty("java.class.path"),
                CompileBenchmark.class.getName(),
                folder.toString())
            .inheritIO()
            .start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException("the process that fills the cache has failed");
    }
  }

  /**
   * Fills the cache.
   *
   * @param arguments the folder
   */
  public static void main(String[] arguments) {
    ChicoryEngine filling = new ChicoryEngine();
    filling.start(
        PluginContext.of(
            Map.of(
                "cache.folder", arguments[0] + "/cache", "cache.keyFile", arguments[0] + "/key")));
    for (int i = 0; i < MODULES; i++) {
      filling.compile(named(Guest.CHAT.wasm(), i)).close();
    }
    filling.close();
  }

  /** The module with a section behind it that says nothing but makes its digest another. */
  private static byte[] named(byte[] wasm, int number) {
    byte[] name = "%03d".formatted(number).getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      bytes.write(wasm);
      bytes.write(0); // a custom section
      bytes.write(name.length + 1);
      bytes.write(name.length);
      bytes.write(name);
    } catch (IOException e) {
      throw new UncheckedIOException("nothing is written but memory", e);
    }
    return bytes.toByteArray();
  }

  @TearDown
  public void close() {
    compiled.forEach(CompiledModule::close);
    engine.close();
    folder.close();
  }

  @Benchmark
  public List<CompiledModule> modules() {
    for (byte[] module : modules) {
      compiled.add(engine.compile(module));
    }
    return compiled;
  }
}
