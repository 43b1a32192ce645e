package org.cloudramp.sandbox.core.gate;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** What real toolchains write; the README beside the modules says how they were made. */
final class RealModules {
  static final List<String> NAMES =
      List.of(
          "assemblyscript-stub",
          "assemblyscript-minimal",
          "assemblyscript-incremental",
          "assemblyscript-unoptimized",
          "c",
          "c-unoptimized",
          "rust");

  private RealModules() {}

  static byte[] load(String name) {
    try (InputStream in = RealModules.class.getResourceAsStream("/gate/" + name + ".wasm")) {
      if (in == null) {
        throw new AssertionError("no module " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
