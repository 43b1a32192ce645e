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

  /** What the loader of Linux says of a file that it may not execute. */
  private static final String NOEXEC = "failed to map segment";

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

  /** What kept it from being unpacked or loaded, and what to do. */
  static String whyNotLoaded(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    String advice = "; start Java with -Djava.io.tmpdir=FOLDER, a folder that is";
    if (!canBeWritten(folder)) {
      return "it is unpacked to '%s' (java.io.tmpdir), where nothing can be written%s writable"
          .formatted(folder, advice);
    }
    String said = String.valueOf(root.getMessage());
    if (said.contains(NOEXEC)) {
      return "it is unpacked to '%s' (java.io.tmpdir), which is mounted noexec%s not"
          .formatted(folder, advice);
    }
    return root.toString();
  }

  /** By trying, because a file system may be read-only or full. */
  private static boolean canBeWritten(Path folder) {
    try {
      Path file = Files.createTempFile(folder, "sandbox", null);
      Files.delete(file);
      return true;
    } catch (IOException e) {
      return false;
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
