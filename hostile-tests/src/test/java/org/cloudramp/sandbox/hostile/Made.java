package org.cloudramp.sandbox.hostile;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What the build has made of this module's sources; see {@code make-modules.mjs}. */
final class Made {
  /** Modules that real toolchains wrote. */
  static final List<String> REAL =
      List.of(
          "real/assemblyscript-stub.wasm",
          "real/assemblyscript-minimal.wasm",
          "real/assemblyscript-incremental.wasm",
          "real/assemblyscript-unoptimized.wasm",
          "real/c.wasm",
          "real/c-unoptimized.wasm",
          "real/rust.wasm");

  private Made() {}

  static byte[] bytes(String name) {
    try (InputStream in = Made.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException("the build has made no '" + name + "'");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> lines(String name) {
    return new String(bytes(name), StandardCharsets.UTF_8).lines().toList();
  }
}
