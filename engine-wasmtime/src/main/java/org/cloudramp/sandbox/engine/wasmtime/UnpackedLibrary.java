package org.cloudramp.sandbox.engine.wasmtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The native library, which the binding unpacks to the folder for temporary files at each start of
 * the JVM (18 MB) and leaves there.
 */
final class UnpackedLibrary {
  /** What this process has loaded, on Linux. */
  private static final Path MAPS = Path.of("/proc/self/maps");

  private UnpackedLibrary() {}

  /**
   * Takes the file away after it was loaded: Linux keeps it for as long as the process uses it.
   * Does nothing elsewhere, nor with a library that was not unpacked.
   */
  static void delete() {
    try {
      Optional<Path> library = find();
      if (library.isPresent()) {
        Files.deleteIfExists(library.get());
      }
    } catch (IOException e) {
      // A file that stays costs space, and guests run all the same.
    }
  }

  /** By what is loaded, because others' files in that folder look the same. */
  private static Optional<Path> find() throws IOException {
    if (!Files.isReadable(MAPS)) {
      return Optional.empty();
    }
    Path folder = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
    return Files.readAllLines(MAPS).stream()
        .filter(line -> line.contains("/libwasmtime_jni_"))
        .map(line -> Path.of(line.substring(line.indexOf('/'))))
        .filter(file -> folder.equals(file.getParent()))
        .findFirst();
  }
}
