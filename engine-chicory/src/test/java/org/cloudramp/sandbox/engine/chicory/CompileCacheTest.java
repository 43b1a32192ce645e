package org.cloudramp.sandbox.engine.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.kv.ManualClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompileCacheTest {
  private static final byte[] ECHO = Guests.wasm("echo");
  private static final byte[] TRAP = Guests.wasm("trap");
  private static final byte[] REFUSE = Guests.wasm("refuse");

  @TempDir private Path home;
  private final ManualClock clock = new ManualClock();
  private final Map<String, String> settings = new HashMap<>();
  private Path folder;

  @BeforeEach
  void aKeyAndAFolder() throws IOException {
    folder = home.resolve("cache");
    settings.put("cache.folder", folder.toString());
    settings.put("cache.keyFile", key("key", 1).toString());
  }

  @Test
  void whatOneProcessCompiledTheNextOneFinds() throws IOException {
    compile(ECHO);

    assertThat(open("compiler 1").find(ECHO)).isNotNull();
    assertThat(open("compiler 1").find(TRAP)).isNull();
    assertThat(entries()).hasSize(1);
  }

  @Test
  void withoutAFolderNothingIsKept() {
    settings.remove("cache.folder");

    assertThat(CompileCache.open(context(), "compiler 1")).isNull();
  }

  @Test
  void anotherVersionOfTheCompilerFindsNothing() throws IOException {
    compile(ECHO);

    assertThat(open("compiler 2").find(ECHO)).isNull();
  }

  @Test
  void entriesOfAnotherKeyAreRefused() throws IOException {
    compile(ECHO);

    settings.put("cache.keyFile", key("other", 2).toString());

    assertThat(open("compiler 1").find(ECHO)).isNull();
  }

  @Test
  void anEntryInWhichAnyByteWasChangedIsRefusedAndReplaced() throws IOException {
    compile(ECHO);
    Path entry = entries().get(0);
    byte[] good = Files.readAllBytes(entry);
    for (int at : new int[] {0, 31, 32, 36, good.length / 2, good.length - 1}) {
      byte[] poisoned = good.clone();
      poisoned[at] ^= 1;
      Files.write(entry, poisoned);

      assertThat(open("compiler 1").find(ECHO)).as("byte %d", at).isNull();
    }

    compile(ECHO);

    assertThat(open("compiler 1").find(ECHO)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 32, 100})
  void anEntryThatWasCutIsRefused(int length) throws IOException {
    compile(ECHO);
    Path entry = entries().get(0);
    Files.write(entry, Arrays.copyOf(Files.readAllBytes(entry), length));

    assertThat(open("compiler 1").find(ECHO)).isNull();
  }

  @Test
  void theEntryOfAnotherModuleIsRefused() throws IOException {
    compile(ECHO);
    Path echo = entries().get(0);
    compile(TRAP);
    Path trap = entries().stream().filter(each -> !each.equals(echo)).findFirst().orElseThrow();

    Files.copy(trap, echo, StandardCopyOption.REPLACE_EXISTING);

    assertThat(open("compiler 1").find(ECHO)).isNull();
    assertThat(open("compiler 1").find(TRAP)).isNotNull();
  }

  @Test
  void linksAndFoldersInPlaceOfAnEntryAreRefusedAndReplaced() throws IOException {
    compile(ECHO);
    Path entry = entries().get(0);
    Path elsewhere = Files.move(entry, home.resolve("elsewhere"));
    byte[] was = Files.readAllBytes(elsewhere);
    Files.createSymbolicLink(entry, elsewhere);

    assertThat(open("compiler 1").find(ECHO)).isNull();
    compile(ECHO);

    assertThat(Files.isSymbolicLink(entry)).isFalse();
    assertThat(open("compiler 1").find(ECHO)).isNotNull();
    assertThat(elsewhere).hasBinaryContent(was);

    Files.delete(entry);
    Files.createDirectories(entry.resolve("full"));
    compile(ECHO); // which cannot be kept, and is compiled all the same
  }

  @Test
  void anEntryThatIsTooLargeIsNotRead() throws IOException {
    compile(ECHO);
    try (var file = new java.io.RandomAccessFile(entries().get(0).toFile(), "rw")) {
      file.setLength(200L << 20);
    }

    assertThat(open("compiler 1").find(ECHO)).isNull();
  }

  @Test
  void whatWasUsedLongestAgoIsDeletedFirst() throws IOException {
    compile(ECHO);
    clock.advance(Duration.ofHours(2));
    compile(TRAP);
    clock.advance(Duration.ofHours(2));
    assertThat(open("compiler 1").find(ECHO)).isNotNull(); // so it was used after the other
    long two = sizeOfAll();
    settings.put("cache.bytes", Long.toString(two + 100));
    clock.advance(Duration.ofHours(2));

    compile(REFUSE);

    assertThat(open("compiler 1").find(TRAP)).isNull();
    assertThat(open("compiler 1").find(REFUSE)).isNotNull();
    assertThat(sizeOfAll()).isLessThanOrEqualTo(two + 100);
  }

  @Test
  void aModuleThatIsLargerThanAllMayBeIsNotKept() throws IOException {
    settings.put("cache.bytes", "100");

    compile(ECHO);

    assertThat(entries()).isEmpty();
  }

  @Test
  void aFileThatWasNeverFinishedIsDeletedLater() throws IOException {
    Files.createDirectories(folder);
    Path unfinished = Files.createFile(folder.resolve("1.unfinished"));
    Files.setLastModifiedTime(unfinished, java.nio.file.attribute.FileTime.from(clock.instant()));

    open("compiler 1");
    assertThat(unfinished).exists();

    clock.advance(Duration.ofHours(2));
    open("compiler 1");
    assertThat(unfinished).doesNotExist();
  }

  @Test
  void aFolderWithoutAKeyIsAnErrorThatSaysHowToMakeOne() {
    settings.remove("cache.keyFile");

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> open("compiler 1"))
        .withMessageContaining("cache.keyFile")
        .withMessageContaining("/dev/urandom");
  }

  @Test
  void aKeyThatIsTooShortMissingOrInTheFolderIsRefused() throws IOException {
    Path tooShort = Files.write(home.resolve("short"), new byte[31]);
    Files.createDirectories(folder);
    Path inFolder = Files.write(folder.resolve("key"), new byte[32]);

    for (Path wrong : List.of(tooShort, inFolder, home.resolve("absent"))) {
      settings.put("cache.keyFile", wrong.toString());
      assertThatExceptionOfType(ConfigurationException.class)
          .isThrownBy(() -> open("compiler 1"))
          .withMessageContaining(wrong.toString());
    }
  }

  private Path key(String name, int seed) throws IOException {
    byte[] key = new byte[32];
    new Random(seed).nextBytes(key);
    return Files.write(home.resolve(name), key);
  }

  private PluginContext context() {
    return PluginContext.of(new PluginSettings("engine.chicory.", settings), clock);
  }

  private CompileCache open(String compiler) {
    CompileCache cache = CompileCache.open(context(), compiler);
    assertThat(cache).isNotNull();
    return cache;
  }

  private void compile(byte[] wasm) {
    Watchdog watchdog = Watchdog.start();
    ModuleCompiler.compile(wasm, watchdog, open("compiler 1"));
    watchdog.close();
  }

  private List<Path> entries() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private long sizeOfAll() throws IOException {
    long size = 0;
    for (Path entry : entries()) {
      size += Files.size(entry);
    }
    return size;
  }
}
