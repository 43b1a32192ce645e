package org.cloudramp.sandbox.engine.wasmtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A JVM loads the library once and for all, so each start is a process of its own. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class NativeLibraryTest {
  @TempDir Path folder;

  @Test
  void aFolderForTemporaryFilesThatIsNotThereIsNamed() throws Exception {
    Path absent = folder.resolve("absent");

    assertThat(start(absent))
        .contains("engine 'wasmtime'", "'" + absent + "' (java.io.tmpdir)")
        .contains("nothing can be written", "-Djava.io.tmpdir=");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aFolderFromWhichNothingMayBeExecutedIsNamed() throws Exception {
    Path noexec = Files.createDirectory(folder.resolve("noexec"));
    int status =
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", noexec.toString())
            .start()
            .waitFor();
    assumeTrue(status == 0, "only root can mount a folder noexec");
    try {
      assertThat(start(noexec))
          .contains("engine 'wasmtime'", "'" + noexec + "' (java.io.tmpdir)")
          .contains("noexec", "-Djava.io.tmpdir=");
    } finally {
      assertThat(new ProcessBuilder("umount", noexec.toString()).start().waitFor()).isZero();
    }
  }

  @Test
  void anyOtherFolderWillDo() throws Exception {
    assertThat(start(folder)).isEqualTo("started");
  }

  private static String start(Path temporary) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Starting.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said.strip();
  }

  /** Starts the engine and prints what comes of it. */
  static final class Starting {
    private Starting() {}

    public static void main(String... arguments) {
      try (WasmtimeEngine engine = new WasmtimeEngine()) {
        engine.start(PluginContext.empty());
        System.out.println("started");
      } catch (ConfigurationException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
