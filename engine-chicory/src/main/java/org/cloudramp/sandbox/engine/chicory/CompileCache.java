package org.cloudramp.sandbox.engine.chicory;

import com.dylibso.chicory.compiler.internal.ClassLoadingCollector;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Class files of compiled modules in a folder, so that a process which starts does not compile all
 * modules again. Thread-safe; several processes may share a folder.
 *
 * <p>An entry is code that this process would run, so each is authenticated: HMAC-SHA256, by a key
 * that is not in the folder, over the compiler's name and version, the module's digest, and the
 * classes. An entry that is not exactly what a holder of the key wrote for this module and this
 * compiler is refused, said in the log and replaced. Whoever can write into the folder can so make
 * modules be compiled, and nothing else.
 *
 * <p>Nothing here fails a compile: a cache that cannot be read or written is no cache, and says so
 * once a minute.
 *
 * <p><b>Bounds.</b> Entries together have {@code bytes}; those used longest ago are deleted first.
 * Whoever publishes much can displace others' entries, which costs these a compile at their next
 * start; how much may be published is bounded elsewhere.
 */
final class CompileCache {
  private static final Logger log = LoggerFactory.getLogger(CompileCache.class);

  private static final Setting<Optional<Path>> FOLDER =
      Setting.optionalPath(
          "cache.folder",
          "where compiled code is kept for the next start; made if it is absent. Needs"
              + " `cache.keyFile`");

  private static final Setting<Optional<Path>> KEY_FILE =
      Setting.optionalPath(
          "cache.keyFile",
          "a file of 32 random bytes or more, outside the folder, that no one else can read: what"
              + " is in the folder is run only if it was written with this key");

  private static final Setting<Long> BYTES =
      Setting.largeSize(
          "cache.bytes",
          1L << 30,
          "of all entries together; those used longest ago are deleted first");

  private static final String ALGORITHM = "HmacSHA256";
  private static final int MAC_BYTES = 32;
  private static final int LEAST_KEY_BYTES = 32;
  private static final int MOST_KEY_BYTES = 4_096;

  /**
   * What an entry means: the classes, how they are written, and how Chicory was told to compile.
   */
  private static final String FORMAT = "1";

  private static final String ENTRY = ".classes";
  private static final String UNFINISHED = ".unfinished";

  /**
   * No module of those that the gate lets in comes near; whatever is larger was not written here.
   */
  private static final long MAX_ENTRY_BYTES = 64L << 20;

  /** An entry is marked as used so often at most: its time is a write to the disk. */
  private static final Duration MARKED_EACH = Duration.ofHours(1);

  /** Whoever was writing a file that is older has ended. */
  private static final Duration ABANDONED = Duration.ofHours(1);

  private static final long COMPLAINT_EACH_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Path folder;
  private final SecretKeySpec key;
  private final long mostBytes;
  private final byte[] compiler;
  private final Clock clock;

  /** As far as this process knows; another one may write, too. */
  private final AtomicLong bytes = new AtomicLong();

  private final ReentrantLock sweeping = new ReentrantLock();
  private final AtomicLong nextComplaint = new AtomicLong(System.nanoTime());

  private CompileCache(
      Path folder, SecretKeySpec key, long mostBytes, String compiler, Clock clock) {
    this.folder = folder;
    this.key = key;
    this.mostBytes = mostBytes;
    this.compiler = (compiler + " " + FORMAT).getBytes(StandardCharsets.UTF_8);
    this.clock = clock;
  }

  static List<Setting<?>> settings() {
    return List.of(FOLDER, KEY_FILE, BYTES);
  }

  /**
   * The cache that the settings ask for; null if they ask for none.
   *
   * @param compiler name and version of what compiles
   * @throws ConfigurationException if it cannot be as asked
   */
  static @Nullable CompileCache open(PluginContext context, String compiler) {
    Path folder = FOLDER.read(context.settings()).orElse(null);
    Path keyFile = KEY_FILE.read(context.settings()).orElse(null);
    long mostBytes = BYTES.read(context.settings());
    if (folder == null) {
      return null;
    }
    if (keyFile == null) {
      throw new ConfigurationException(
          "setting 'cache.folder' of the engine needs 'cache.keyFile', a file of %d random bytes;"
                  .formatted(LEAST_KEY_BYTES)
              + " make one with: head -c 32 /dev/urandom > compile-cache.key");
    }
    try {
      Files.createDirectories(folder);
      if (keyFile.toRealPath().startsWith(folder.toRealPath())) {
        throw new ConfigurationException(
            "'cache.keyFile' %s is in 'cache.folder': whoever can write there could make entries"
                .formatted(keyFile));
      }
      CompileCache cache =
          new CompileCache(folder, keyOf(keyFile), mostBytes, compiler, context.clock());
      cache.sweep();
      return cache;
    } catch (IOException e) {
      throw new ConfigurationException(
          "the compile cache in %s with the key %s cannot be used: %s"
              .formatted(folder, keyFile, e),
          e);
    }
  }

  private static SecretKeySpec keyOf(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_KEY_BYTES);
      if (bytes.length < LEAST_KEY_BYTES) {
        throw new ConfigurationException(
            "'cache.keyFile' %s has %d bytes, and %d are needed"
                .formatted(file, bytes.length, LEAST_KEY_BYTES));
      }
      return new SecretKeySpec(bytes, ALGORITHM);
    }
  }

  /** The classes of a module, loaded; null if there are none that can be trusted. */
  @Nullable ClassLoadingCollector find(byte[] wasm) {
    byte[] id = id(wasm);
    Path file = file(id);
    try {
      return ModuleClasses.fromBytes(read(file, id)).load();
    } catch (NoSuchFileException e) {
      return null; // as for most modules that are new
    } catch (IOException | LinkageError e) {
      complain("the compiled code in %s cannot be used; the module is compiled".formatted(file), e);
      return null;
    }
  }

  /** The classes as bytes, if the entry was written with the key for this module. */
  private byte[] read(Path file, byte[] id) throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isRegularFile() || attributes.size() > MAX_ENTRY_BYTES) {
      throw new IOException("it is no file of less than %,d bytes".formatted(MAX_ENTRY_BYTES));
    }
    byte[] entry;
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      entry = in.readNBytes((int) MAX_ENTRY_BYTES);
    }
    if (entry.length < MAC_BYTES) {
      throw new IOException("it is too short");
    }
    byte[] classes = Arrays.copyOfRange(entry, MAC_BYTES, entry.length);
    byte[] mac = Arrays.copyOf(entry, MAC_BYTES);
    if (!MessageDigest.isEqual(mac, mac(id, classes))) {
      throw new IOException("it was not written with this key for this module and this compiler");
    }
    markAsUsed(file, attributes);
    return classes;
  }

  private void markAsUsed(Path file, BasicFileAttributes attributes) throws IOException {
    Instant now = clock.instant();
    if (attributes.lastModifiedTime().toInstant().plus(MARKED_EACH).isBefore(now)) {
      Files.setLastModifiedTime(file, FileTime.from(now));
    }
  }

  /** Keeps the classes of a module. */
  void keep(byte[] wasm, ClassLoadingCollector compiled) {
    byte[] id = id(wasm);
    byte[] classes = ModuleClasses.of(compiled).toBytes();
    if (classes.length > Math.min(mostBytes, MAX_ENTRY_BYTES) - MAC_BYTES) {
      return;
    }
    try {
      write(file(id), mac(id, classes), classes);
      if (bytes.addAndGet(MAC_BYTES + (long) classes.length) > mostBytes) {
        sweep();
      }
    } catch (IOException e) {
      complain("compiled code cannot be kept in " + folder, e);
    }
  }

  private void write(Path file, byte[] mac, byte[] classes) throws IOException {
    Path unfinished = Files.createTempFile(folder, "", UNFINISHED); // for this user only
    try {
      try (var out = Files.newOutputStream(unfinished)) {
        out.write(mac);
        out.write(classes);
      }
      Files.setLastModifiedTime(unfinished, FileTime.from(clock.instant()));
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private record Entry(Path file, long size, FileTime used) {}

  /** Counts what there is, and deletes what is too much, a tenth more so that it is not soon. */
  private void sweep() throws IOException {
    if (!sweeping.tryLock()) {
      return;
    }
    try {
      List<Entry> entries = entries();
      long total = entries.stream().mapToLong(Entry::size).sum();
      if (total > mostBytes) {
        entries.sort(Comparator.comparing(Entry::used));
        for (Entry oldest : entries) {
          if (total <= mostBytes - mostBytes / 10) {
            break;
          }
          Files.deleteIfExists(oldest.file());
          total -= oldest.size();
        }
      }
      bytes.set(total);
    } finally {
      sweeping.unlock();
    }
  }

  private List<Entry> entries() throws IOException {
    List<Entry> entries = new ArrayList<>();
    Instant abandoned = clock.instant().minus(ABANDONED);
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(folder, "*{" + ENTRY + "," + UNFINISHED + "}")) {
      for (Path file : files) {
        try {
          var attributes =
              Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
          FileTime used = attributes.lastModifiedTime();
          if (file.toString().endsWith(ENTRY)) {
            entries.add(new Entry(file, attributes.size(), used));
          } else if (used.toInstant().isBefore(abandoned)) {
            Files.deleteIfExists(file);
          }
        } catch (NoSuchFileException e) {
          log.debug("another process has deleted {}", file, e);
        }
      }
    }
    return entries;
  }

  /** What stands for a module, compiled by this compiler. */
  private byte[] id(byte[] wasm) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] module = digest.digest(wasm);
      digest.update(compiler);
      return digest.digest(module);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("each JDK has SHA-256", e);
    }
  }

  private Path file(byte[] id) {
    return folder.resolve(HexFormat.of().formatHex(id) + ENTRY);
  }

  private byte[] mac(byte[] id, byte[] classes) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(id);
      return mac.doFinal(classes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("each JDK has " + ALGORITHM, e);
    }
  }

  private void complain(String what, Throwable why) {
    long now = System.nanoTime();
    long next = nextComplaint.get();
    if (now - next >= 0 && nextComplaint.compareAndSet(next, now + COMPLAINT_EACH_NANOS)) {
      log.warn("{}: {}", what, why.toString());
    } else {
      log.debug("{}", what, why);
    }
  }
}
