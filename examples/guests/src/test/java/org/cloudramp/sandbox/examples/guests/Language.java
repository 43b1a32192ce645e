package org.cloudramp.sandbox.examples.guests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.cloudramp.sandbox.examples.guests.Toolchain.Command;

/** What a room can be written in. */
enum Language {
  ASSEMBLYSCRIPT("AssemblyScript") {
    /** This module's own build has compiled the chat before its tests run. */
    @Override
    byte[] compile(Path source, Path output) throws IOException {
      if (!source.equals(chat())) {
        Path compiler = Path.of("src", "test", "guests", "compile.js");
        Toolchain.run(
            new Command("node", compiler.toString(), source.toString(), output.toString()));
        return Files.readAllBytes(output);
      }
      return Files.readAllBytes(Path.of("target", "guests", "chat.wasm"));
    }

    @Override
    Path chat() {
      return Path.of("chat", "assembly", "index.ts");
    }
  },

  /** Compiled by what the testkit compiles its guests with, so it is always there. */
  WAT("WAT") {
    @Override
    byte[] compile(Path source, Path output) throws IOException {
      Path wabt = Path.of("..", "..", "sandbox-testkit", "node_modules", "wabt", "bin", "wat2wasm");
      Toolchain.run(
          new Command("node", wabt.toString(), source.toString(), "-o", output.toString()));
      return Files.readAllBytes(output);
    }

    @Override
    Path chat() {
      return Path.of("wat", "chat.wat");
    }
  },

  C("C") {
    @Override
    byte[] compile(Path source, Path output) throws IOException {
      String install = "install clang, lld and make to run this";
      Toolchain.require("make", install);
      Toolchain.require("wasm-ld", install);
      Path clang = Toolchain.require("clang", install);
      if (!Toolchain.run(new Command(clang.toString(), "--print-targets")).contains("wasm32")) {
        throw Toolchain.missing("clang does not know the target wasm32; " + install);
      }
      Toolchain.run(
          new Command(
              "make",
              "--directory=c",
              "VPATH=" + source.toAbsolutePath().getParent(),
              "OUT=" + output.toAbsolutePath().getParent(),
              output.toAbsolutePath().toString()));
      return Files.readAllBytes(output);
    }

    @Override
    Path chat() {
      return Path.of("c", "chat.c");
    }
  },

  RUST("Rust") {
    private static final String TARGET = "wasm32-unknown-unknown";

    /** The chat by cargo, as its README says; anything else by the compiler alone. */
    @Override
    byte[] compile(Path source, Path output) throws IOException {
      Path rustc = compiler();
      if (!source.equals(chat())) {
        List<String> options = List.of("-C", "opt-level=s", "-C", "panic=abort", "-C", "lto=fat");
        Toolchain.run(
            new Command(rustc.toString(), "--target", TARGET, "--edition", "2021")
                .with("--crate-type", "cdylib")
                .with(options)
                .with("-o", output.toString(), source.toString()));
        return Files.readAllBytes(output);
      }
      Path target = output.toAbsolutePath().resolveSibling("rust");
      Toolchain.run(
          new Command(rustc.resolveSibling("cargo").toString(), "build", "--release")
              .with("--locked", "--offline", "--quiet", "--target-dir", target.toString())
              .in(Path.of("rust"))
              .environment("RUSTC", rustc.toString()));
      return Files.readAllBytes(target.resolve(TARGET).resolve("release").resolve("chat.wasm"));
    }

    /** The first compiler that can do it: there may be one of rustup and one of the system. */
    private Path compiler() throws IOException {
      for (Path rustc : Toolchain.all("rustc")) {
        Command whereLibrariesAre =
            new Command(rustc.toString(), "--print", "target-libdir", "--target", TARGET);
        if (Files.exists(rustc.resolveSibling("cargo"))
            && Files.isDirectory(Path.of(Toolchain.run(whereLibrariesAre).strip()))) {
          return rustc;
        }
      }
      throw Toolchain.missing(
          "no rustc on the path has the target "
              + TARGET
              + "; run 'rustup target add "
              + TARGET
              + "', or install cargo and libstd-rust-dev-wasm32, to run this");
    }

    @Override
    Path chat() {
      return Path.of("rust", "chat.rs");
    }
  };

  private final String displayName;

  Language(String displayName) {
    this.displayName = displayName;
  }

  /** The chat of this language, compiled. Skips the test if the language's tools are not here. */
  byte[] compileChat() throws IOException {
    return compile(chat());
  }

  /** As {@link #compileChat}, for any room. */
  byte[] compile(Path source) throws IOException {
    String name = source.getFileName().toString().replaceFirst("\\.[a-z]+$", ".wasm");
    Path output = Path.of("target", "languages", name().toLowerCase(java.util.Locale.ROOT), name);
    Files.createDirectories(output.getParent());
    return compile(source, output);
  }

  abstract Path chat();

  abstract byte[] compile(Path source, Path output) throws IOException;

  @Override
  public String toString() {
    return displayName;
  }
}
