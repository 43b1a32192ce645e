package org.cloudramp.sandbox.server;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.cloudramp.sandbox.testkit.servers.WatchedProcess;
import org.opentest4j.TestAbortedException;

/**
 * What server processes are started with: the class path of the tests, and an archive of the
 * classes that a server loads, which saves a third of what its start takes. The tests start many.
 *
 * <p>The JDK archives classes of jars only, so folders on the class path are packed. All is made
 * once for each state of the class path, by whichever process of the tests needs it first. Where
 * that fails, servers start without an archive.
 */
final class StartArchive {
  /** With other ones the JDK does not take the archive. */
  private static final List<String> FLAGS =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Xmn32m",
          "-Xlog:cds=off",
          "-Xlog:cds+dynamic=off");

  private static final Path FOLDER = Path.of("target", "start-archive").toAbsolutePath();
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final List<String> OPTIONS = prepare();

  private StartArchive() {}

  /** Options of the command {@code java}, the class path among them. */
  static List<String> options() {
    return OPTIONS;
  }

  private static List<String> prepare() {
    try {
      Files.createDirectories(FOLDER);
      try (FileChannel channel =
          FileChannel.open(
              FOLDER.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        FileLock unused = channel.lock(); // until the channel is closed
        return made();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> made() throws IOException {
    List<Path> entries =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> !entry.isEmpty())
            .map(Path::of)
            .filter(Files::exists)
            .toList();
    Path folder = FOLDER.resolve(stateOf(entries));
    List<Path> jars = new ArrayList<>();
    for (Path entry : entries) {
      jars.add(Files.isDirectory(entry) ? folder.resolve("classes" + jars.size() + ".jar") : entry);
    }
    String classPath =
        jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    Path archive = folder.resolve("server.jsa");
    if (!Files.exists(folder)) {
      forgetOlder();
      Path unfinished = Files.createDirectory(FOLDER.resolve("unfinished"));
      for (int i = 0; i < jars.size(); i++) {
        if (Files.isDirectory(entries.get(i))) {
          pack(entries.get(i), unfinished.resolve(jars.get(i).getFileName()));
        }
      }
      Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
      archive(classPath, archive);
    }
    List<String> options = new ArrayList<>(FLAGS);
    if (Files.exists(archive)) {
      options.add("-XX:SharedArchiveFile=" + archive);
    }
    options.addAll(List.of("-cp", classPath));
    return List.copyOf(options);
  }

  private static String stateOf(List<Path> entries) throws IOException {
    List<String> files = new ArrayList<>();
    for (Path entry : entries) {
      try (Stream<Path> below = Files.walk(entry)) {
        for (Path file : below.filter(Files::isRegularFile).sorted().toList()) {
          files.add(file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file));
        }
      }
    }
    byte[] all = String.join("\n", files).getBytes(StandardCharsets.UTF_8);
    return UUID.nameUUIDFromBytes(all).toString();
  }

  private static void forgetOlder() throws IOException {
    try (Stream<Path> older = Files.walk(FOLDER)) {
      for (Path path : older.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.equals(FOLDER) && !path.endsWith("lock")) {
          Files.delete(path);
        }
      }
    }
  }

  private static void pack(Path folder, Path jar) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar));
        Stream<Path> below = Files.walk(folder)) {
      zip.setLevel(1);
      for (Path path : below.filter(each -> !each.equals(folder)).sorted().toList()) {
        String name = folder.relativize(path).toString().replace(File.separator, "/");
        if (Files.isDirectory(path)) {
          zip.putNextEntry(new ZipEntry(name + "/")); // whoever serves what is in it looks for it
        } else {
          zip.putNextEntry(new ZipEntry(name));
          Files.copy(path, zip);
        }
        zip.closeEntry();
      }
    }
  }

  /** Has a server start, practise with visitors, and end, and keeps the classes that it had. */
  private static void archive(String classPath, Path archive) throws IOException {
    Path work = Files.createDirectory(archive.resolveSibling("work"));
    List<String> command = new ArrayList<>();
    command.add(ServerProcess.java());
    command.addAll(FLAGS);
    command.addAll(List.of("-XX:ArchiveClassesAtExit=" + archive, "-cp", classPath));
    command.addAll(List.of(Server.class.getName(), "--port", "0"));
    ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("SANDBOX_"));
    builder
        .environment()
        .putAll(
            Map.of(
                "SANDBOX_SERVER_TOKENS", TestTokens.adminEntry(),
                "SANDBOX_SERVER_REHEARSAL", "1s",
                // Archiving is a part of its end, and takes as long as the machine makes it.
                "SANDBOX_SERVER_SHUTDOWN", "120s",
                "SANDBOX_SERVER_MANAGEMENT_PORT", "0",
                "SANDBOX_STORE_FILESYSTEM_FOLDER", work.resolve("modules").toString()));
    try (RedisProcess redis = RedisProcess.start()) {
      builder
          .environment()
          .putAll(Map.of("SANDBOX_KV", "redis", "SANDBOX_KV_REDIS_URI", redis.uri()));
      run(builder);
    } catch (TestAbortedException e) {
      run(builder); // there is no Redis: without its classes
    }
  }

  private static void run(ProcessBuilder builder) throws IOException {
    try (WatchedProcess server = WatchedProcess.start(builder)) {
      ServerProcess.awaitReady(server);
      server.process().toHandle().destroy();
      String unused = server.awaitEnd(PATIENCE);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
