package org.cloudramp.sandbox.examples.guests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/** Finds and runs what compiles rooms. What is found must work; only what is missing is skipped. */
final class Toolchain {
  private Toolchain() {}

  /**
   * What to run.
   *
   * @param words the program and its arguments
   * @param folder where
   * @param environment in addition to that of the test
   */
  record Command(List<String> words, Path folder, Map<String, String> environment) {
    Command(String... words) {
      this(List.of(words), Path.of("."), Map.of());
    }

    Command with(List<String> more) {
      return new Command(
          Stream.concat(words.stream(), more.stream()).toList(), folder, environment);
    }

    Command with(String... more) {
      return with(List.of(more));
    }

    Command in(Path otherFolder) {
      return new Command(words, otherFolder, environment);
    }

    Command environment(String name, String value) {
      Map<String, String> more = new HashMap<>(environment);
      more.put(name, value);
      return new Command(words, folder, more);
    }
  }

  /** Every program of that name, the first of the path first. */
  static List<Path> all(String program) {
    List<Path> found = new ArrayList<>();
    for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
      Path candidate = Path.of(folder, program);
      if (Files.isExecutable(candidate)) {
        found.add(candidate);
      }
    }
    return found;
  }

  /** The first program of that name; without one the test is skipped, and says so. */
  static Path require(String program, String advice) {
    return all(program).stream()
        .findFirst()
        .orElseThrow(() -> missing(program + " is not here; " + advice));
  }

  /**
   * A reason to skip the test. Where {@code SANDBOX_REQUIRE_TOOLCHAINS} is set it is one to fail.
   */
  static TestAbortedException missing(String reason) {
    if (System.getenv("SANDBOX_REQUIRE_TOOLCHAINS") != null) {
      return fail(reason);
    }
    System.err.println("SKIPPED: " + reason);
    return new TestAbortedException(reason);
  }

  /** Runs it and returns what it said. Fails if it fails. */
  static String run(Command command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command.words())
            .directory(command.folder().toFile())
            .redirectErrorStream(true);
    builder.environment().putAll(command.environment());
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertThat(process.waitFor()).as("%s said:%n%s", command.words(), said).isZero();
    } catch (InterruptedException e) {
      process.destroy();
      throw new IOException("interrupted while " + command.words() + " ran", e);
    }
    return said;
  }
}
