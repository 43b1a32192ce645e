package org.cloudramp.sandbox.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.store.filesystem.FilesystemModuleStore;

/** A folder for the modules of one benchmark, which is deleted with all in it. */
final class TemporaryFolder implements AutoCloseable {
  private final Path path;

  TemporaryFolder() {
    try {
      path = Files.createTempDirectory("benchmark");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes a module live that no sandbox has seen. */
  void store(ServiceId service, byte[] wasm) {
    FilesystemModuleStore store = new FilesystemModuleStore(path);
    store.start(PluginContext.empty());
    store.activate(service, store.publish(service, wasm).digest());
    store.close();
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
