package org.cloudramp.sandbox.store.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.testkit.store.ModuleStoreContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesystemModuleStoreTest extends ModuleStoreContract {
  private static final byte[] ONE = {1};
  private static final byte[] TWO = {2};

  private final Path temporary;

  FilesystemModuleStoreTest(@TempDir Path temporary) throws IOException {
    this.temporary = temporary.toRealPath();
  }

  @Override
  protected ModuleStore openStore() {
    FilesystemModuleStore opened = new FilesystemModuleStore();
    opened.start(PluginContext.of(Map.of("folder", folder().toString())));
    return opened;
  }

  @Override
  protected void overwrite(ModuleVersion version, byte[] content) throws IOException {
    Files.write(file(version), content);
  }

  @Override
  protected void remove(ModuleVersion version) throws IOException {
    Files.delete(file(version));
  }

  @Test
  void isFoundByItsName() {
    assertThat(ServiceLoader.load(ModuleStore.class))
        .anySatisfy(found -> assertThat(found).isInstanceOf(FilesystemModuleStore.class));
    assertThat(new FilesystemModuleStore().name()).isEqualTo("filesystem");
  }

  @Test
  void theFolderReadsAsItsDocumentationSays() throws IOException {
    store.activate(CHAT, store.publish(CHAT, ONE).digest());
    store.activate(CHAT, store.publish(CHAT, TWO).digest());

    assertThat(Files.readString(folder().resolve("chat/current")))
        .contains("\ndigest: " + Digest.of(TWO) + "\nprevious: " + Digest.of(ONE) + "\n")
        .contains("activated: 20");
    assertThat(Files.readAllLines(folder().resolve("chat/history")))
        .satisfiesExactly(
            header -> assertThat(header).startsWith("#"),
            first -> assertThat(first).endsWith("Z " + Digest.of(ONE)),
            second -> assertThat(second).endsWith("Z " + Digest.of(TWO)));
    assertThat(folder().resolve("chat/versions/" + Digest.of(ONE) + ".wasm")).hasBinaryContent(ONE);
  }

  @Test
  void aCopyOfTheFolderIsTheSameStore() throws IOException {
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);
    store.activate(CHAT, one.digest());
    Path copy = temporary.resolve("copy");
    copy(folder(), copy);

    ModuleStore copied = new FilesystemModuleStore(copy);
    copied.start(PluginContext.empty());

    assertThat(copied.current(CHAT)).contains(one);
    assertThat(copied.versions(CHAT)).containsExactly(two, one);
  }

  @Test
  void nothingIsMadeForAServiceThatIsOnlyAskedAbout() {
    store.current(CHAT);
    store.versions(CHAT);
    assertFails(ModuleException.Kind.NOT_FOUND, "chat", () -> store.activate(CHAT, Digest.of(ONE)));

    assertThat(folder()).isEmptyDirectory();
  }

  @Test
  void aFolderThatIsGoneIsAStoreThatIsAwayAndNotOneWithoutServices() throws IOException {
    ModuleVersion one = store.publish(CHAT, ONE);
    Path elsewhere = folder().resolveSibling("elsewhere");
    Files.move(folder(), elsewhere);

    for (ThrowingCallable question :
        List.<ThrowingCallable>of(() -> store.current(CHAT), () -> store.versions(CHAT))) {
      assertThatThrownBy(question)
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
          .hasMessageContaining(folder().toString());
    }

    Files.move(elsewhere, folder());
    assertThat(store.versions(CHAT)).containsExactly(one);
  }

  @Test
  void whatACrashLeftBehindIsIgnoredAndRemoved() throws IOException {
    ModuleVersion one = store.publish(CHAT, ONE);
    Path leftover = Files.write(folder().resolve("chat/.new-1234"), new byte[] {9});
    Path unlisted = folder().resolve("chat/versions/" + Digest.of(TWO) + ".wasm");
    Files.write(unlisted, TWO); // crashed between the binary and the history

    assertThat(store.versions(CHAT)).containsExactly(one);
    assertFails(ModuleException.Kind.NOT_FOUND, "chat", () -> store.activate(CHAT, Digest.of(TWO)));
    ModuleVersion two = store.publish(CHAT, TWO);

    assertThat(store.versions(CHAT)).containsExactly(two, one);
    assertThat(leftover).doesNotExist();
  }

  @Test
  void noTemporaryFileIsLeftAfterAFailureToWrite() throws IOException {
    Path inTheWay = folder().resolve("chat/versions/" + Digest.of(ONE) + ".wasm");
    Files.createDirectories(inTheWay.resolve("a-folder-where-the-binary-goes"));

    assertThatThrownBy(() -> store.publish(CHAT, ONE))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
        .hasMessageContaining("filesystem")
        .hasMessageContaining(Digest.of(ONE).hex());

    try (Stream<Path> files = Files.list(folder().resolve("chat"))) {
      assertThat(files).noneMatch(file -> file.getFileName().toString().startsWith(".new-"));
    }
  }

  @Test
  void anUnreadablePointerIsAnErrorUntilItIsActivatedAnew() throws IOException {
    ModuleVersion one = store.publish(CHAT, ONE);
    store.activate(CHAT, one.digest());
    Files.writeString(folder().resolve("chat/current"), "digest: ../../etc/passwd\n");

    assertFails(ModuleException.Kind.INTEGRITY, "current", () -> store.current(CHAT));

    store.activate(CHAT, one.digest());
    assertThat(store.current(CHAT)).contains(one);
  }

  @Test
  void anUnreadableHistoryIsAnErrorAndIsNotOverwritten() throws IOException {
    store.publish(CHAT, ONE);
    Path history = folder().resolve("chat/history");
    Files.writeString(history, "what is this");

    assertFails(ModuleException.Kind.INTEGRITY, "history", () -> store.versions(CHAT));
    assertFails(ModuleException.Kind.INTEGRITY, "history", () -> store.publish(CHAT, TWO));
    assertThat(history).hasContent("what is this");
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    Path outside = Files.createDirectories(temporary.resolve("outside"));
    Files.write(outside.resolve(Digest.of(ONE) + ".wasm"), ONE);
    ModuleVersion one = store.publish(CHAT, ONE);
    store.activate(CHAT, one.digest());

    Files.delete(file(one));
    Files.createSymbolicLink(file(one), outside.resolve(Digest.of(ONE) + ".wasm"));
    assertFails(ModuleException.Kind.INTEGRITY, "link", () -> store.load(one));

    Files.delete(file(one));
    Files.delete(folder().resolve("chat/versions"));
    Files.createSymbolicLink(folder().resolve("chat/versions"), outside);
    assertFails(ModuleException.Kind.INTEGRITY, "link", () -> store.load(one));
    assertFails(ModuleException.Kind.INTEGRITY, "link", () -> store.publish(CHAT, TWO));

    Files.move(folder().resolve("chat/current"), outside.resolve("current"));
    Files.createSymbolicLink(folder().resolve("chat/current"), outside.resolve("current"));
    assertFails(ModuleException.Kind.INTEGRITY, "link", () -> store.current(CHAT));

    Files.createSymbolicLink(folder().resolve("linked"), outside);
    ServiceId linked = new ServiceId("linked");
    assertFails(ModuleException.Kind.INTEGRITY, "link", () -> store.current(linked));
    assertFails(ModuleException.Kind.INTEGRITY, "link", () -> store.publish(linked, TWO));
    try (Stream<Path> files = Files.list(outside)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(Digest.of(ONE) + ".wasm", "current");
    }
  }

  @Test
  void aDeletionThatIsCutOffIsFinishedByAnother() throws IOException {
    ModuleVersion one = store.publish(CHAT, ONE);
    store.activate(CHAT, one.digest());
    Path obstacle = Files.createDirectories(file(one).resolveSibling("a-folder/with-a-file"));

    assertThatThrownBy(() -> store.delete(CHAT))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
        .hasMessageContaining("filesystem")
        .hasMessageContaining("versions");

    assertThat(store.current(CHAT)).isEmpty();
    assertThat(store.versions(CHAT)).isEmpty();
    assertThat(store.services(Optional.empty(), 10)).containsExactly(CHAT);
    Files.delete(obstacle);
    store.delete(CHAT);
    assertThat(store.services(Optional.empty(), 10)).isEmpty();
  }

  @Test
  void aDeletedServiceLeavesItsLockOnly() throws IOException {
    store.activate(CHAT, store.publish(CHAT, ONE).digest());
    Files.write(folder().resolve("chat/.new-1234"), new byte[] {9}); // of a crash

    store.delete(CHAT);
    store.delete(new ServiceId("never-here"));

    try (Stream<Path> files = Files.walk(folder())) {
      assertThat(files.filter(file -> !file.equals(folder())))
          .containsExactlyInAnyOrder(folder().resolve("chat"), folder().resolve("chat/.lock"));
    }
  }

  @Test
  void whatIsNoServiceInTheFolderIsNotListed() throws IOException {
    Files.createDirectories(folder().resolve("Not-A-Service/versions"));
    Files.createDirectories(folder().resolve("empty"));
    Files.writeString(folder().resolve("readme"), "of the operator");
    Files.writeString(folder().resolve(".probe"), "of a bucket that was copied here");
    store.publish(CHAT, ONE);

    assertThat(store.services(Optional.empty(), 10)).containsExactly(CHAT);
  }

  @Test
  void toDeleteDoesNotFollowLinks() throws IOException {
    Path outside = Files.createDirectories(temporary.resolve("outside"));
    Path kept = Files.write(outside.resolve("kept"), ONE);
    ModuleVersion one = store.publish(CHAT, ONE);
    Files.delete(file(one));
    Files.createSymbolicLink(file(one), kept);
    store.delete(CHAT);
    assertThat(kept).hasBinaryContent(ONE);

    Files.createSymbolicLink(folder().resolve("chat/versions"), outside);
    assertFails(ModuleException.Kind.INTEGRITY, "link", () -> store.delete(CHAT));
    assertThat(kept).hasBinaryContent(ONE);

    Files.createSymbolicLink(folder().resolve("linked"), outside);
    Files.write(outside.resolve("current"), ONE);
    assertFails(
        ModuleException.Kind.INTEGRITY, "link", () -> store.delete(new ServiceId("linked")));
    assertThat(outside.resolve("current")).hasBinaryContent(ONE);
  }

  @Test
  void theLinkThatLeadsToTheFolderItselfIsFollowed() throws IOException {
    Path link = Files.createSymbolicLink(temporary.resolve("link"), folder());

    ModuleStore linked = new FilesystemModuleStore(link);
    linked.start(PluginContext.empty());

    assertThat(linked.load(linked.publish(CHAT, ONE))).isEqualTo(ONE);
  }

  @Test
  void whatIsNoPlainFileIsNotOpened() throws Exception {
    ModuleVersion one = store.publish(CHAT, ONE);
    Files.delete(file(one));
    Process made = new ProcessBuilder("mkfifo", file(one).toString()).start();
    assertThat(made.waitFor(10, TimeUnit.SECONDS)).isTrue();

    assertFails(ModuleException.Kind.INTEGRITY, "plain file", () -> store.load(one));

    Files.delete(file(one));
    Files.createDirectory(file(one));
    assertFails(ModuleException.Kind.INTEGRITY, "plain file", () -> store.load(one));
  }

  @Test
  void aModuleThatNoGateWouldPassIsNotEvenKept() {
    byte[] huge = new byte[StoreFolder.MAX_FILE + 1];

    assertFails(ModuleException.Kind.LIMIT, "chat", () -> store.publish(CHAT, huge));
  }

  @Test
  void aHugeFileDoesNotFillTheHeap() throws IOException {
    ModuleVersion one = store.publish(CHAT, ONE);
    try (var file = new java.io.RandomAccessFile(file(one).toFile(), "rw")) {
      file.setLength(1L << 40); // sparse
    }

    assertFails(ModuleException.Kind.INTEGRITY, "larger than", () -> store.load(one));
  }

  @Test
  void aFolderThatIsAFileIsASettingToPutRight() throws IOException {
    Path file = Files.createFile(temporary.resolve("file"));

    assertThatThrownBy(() -> new FilesystemModuleStore(file).start(PluginContext.empty()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(file.toString());
    assertThatThrownBy(() -> new FilesystemModuleStore().start(PluginContext.empty()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("folder");
  }

  @Test
  void aFolderThatMayOnlyBeReadServesWhatItHas() throws IOException {
    assumeFalse(
        "root".equals(System.getProperty("user.name")), "root may write to a read-only folder");
    ModuleVersion one = store.publish(CHAT, ONE);
    store.activate(CHAT, one.digest());
    Path service = folder().resolve("chat");
    Files.setPosixFilePermissions(service, PosixFilePermissions.fromString("r-xr-xr-x"));
    try {
      assertThat(store.load(store.current(CHAT).orElseThrow())).isEqualTo(ONE);
      assertThatThrownBy(() -> store.publish(CHAT, TWO))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED));
    } finally {
      Files.setPosixFilePermissions(service, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  @Test
  void processesThatPublishAtTheSameTimeLoseNothing() throws Exception {
    int processes = 3;
    int each = 20;
    List<Process> publishers = new ArrayList<>();
    for (int p = 0; p < processes; p++) {
      publishers.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  PublishingProcess.class.getName(),
                  folder().toString(),
                  String.valueOf(p),
                  String.valueOf(each))
              .inheritIO()
              .start());
    }

    for (Process publisher : publishers) {
      assertThat(publisher.waitFor(2, TimeUnit.MINUTES)).isTrue();
      assertThat(publisher.exitValue()).isZero();
    }

    assertThat(store.versions(CHAT)).hasSize(processes * each).allSatisfy(store::load);
    assertThat(store.current(CHAT)).isPresent();
  }

  private Path folder() {
    return temporary.resolve("modules");
  }

  private Path file(ModuleVersion version) {
    return folder()
        .resolve(version.service().value())
        .resolve("versions")
        .resolve(version.digest() + ".wasm");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static void assertFails(
      ModuleException.Kind kind, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ModuleException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(message);
  }
}
