package org.cloudramp.sandbox.store.filesystem;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.store.layout.Entries;
import org.cloudramp.sandbox.api.store.layout.EntryNames;

/**
 * Reads and replaces files below one folder, and turns what goes wrong into typed errors.
 *
 * <p>Names are relative, with {@code /} between the parts. Thread-safe.
 */
final class StoreFolder implements Entries {
  /**
   * The module gate's limit is far lower; this one keeps a file that somebody put here from filling
   * the heap.
   */
  static final int MAX_FILE = 64 << 20;

  private static final String NEW_FILE = ".new-";
  private static final String LOCK_FILE = ".lock";

  private final Path root;

  private StoreFolder(Path root) {
    this.root = root;
  }

  /**
   * The folder at {@code path}, which is made if it is absent.
   *
   * @throws ConfigurationException if it is no folder
   * @throws StoreException if it cannot be made or seen
   */
  static StoreFolder open(Path path) {
    try {
      return new StoreFolder(Files.createDirectories(path.toAbsolutePath()).toRealPath());
    } catch (FileAlreadyExistsException e) {
      throw new ConfigurationException(
          "the folder of the store 'filesystem' is %s, which is not a folder".formatted(path), e);
    } catch (IOException e) {
      throw failed("open", path, e);
    }
  }

  @Override
  public int longest() {
    return MAX_FILE;
  }

  @Override
  public String describe(String name) {
    return root.resolve(name).toString();
  }

  /** Links and folders are no entries either. */
  @Override
  public Optional<byte[]> read(String name) {
    Path file = root.resolve(name);
    try {
      if (isAbsent(file)) {
        return Optional.empty();
      }
      // The length is checked on what is read: the file may change after it was looked at.
      try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
        byte[] content = in.readNBytes(MAX_FILE + 1);
        if (content.length > MAX_FILE) {
          throw new ModuleException(
              ModuleException.Kind.INTEGRITY,
              "%s is larger than %d bytes".formatted(file, MAX_FILE));
        }
        return Optional.of(content);
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw failed("read", file, e);
    }
  }

  @Override
  public boolean has(String name) {
    Path file = root.resolve(name);
    try {
      return !isAbsent(file);
    } catch (IOException e) {
      throw failed("read", file, e);
    }
  }

  @Override
  public void write(ServiceId service, String name, byte[] content) {
    try (Turn turn = turn(service)) {
      turn.replace(name, content);
    }
  }

  @Override
  public void update(ServiceId service, String name, UnaryOperator<Optional<byte[]>> change) {
    try (Turn turn = turn(service)) {
      change.apply(read(name)).ifPresent(content -> turn.replace(name, content));
    }
  }

  @Override
  public void remove(ServiceId service, String name) {
    if (hasFolder(service)) {
      try (Turn turn = turn(service)) {
        turn.remove(name);
      }
    }
  }

  @Override
  public void removeBinaries(ServiceId service) {
    if (hasFolder(service)) {
      try (Turn turn = turn(service)) {
        turn.removeFolder(EntryNames.binaries(service));
      }
    }
  }

  /** No folder and no lock is made for a service that is not here. */
  private boolean hasFolder(ServiceId service) {
    return Files.exists(root.resolve(service.value()), LinkOption.NOFOLLOW_LINKS);
  }

  /** In the order of their ids. Looks at every folder, and remembers no more than are asked for. */
  @Override
  public List<ServiceId> services(Optional<ServiceId> after, int most) {
    NavigableSet<ServiceId> first = new TreeSet<>(Comparator.comparing(ServiceId::value));
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(root)) {
      for (Path folder : folders) {
        Optional<ServiceId> service = EntryNames.service(String.valueOf(folder.getFileName()));
        if (service.isEmpty()
            || (after.isPresent() && first.comparator().compare(service.get(), after.get()) <= 0)
            || (first.size() == most && first.comparator().compare(service.get(), first.last()) > 0)
            || !hasEntries(service.get())) {
          continue;
        }
        first.add(service.get());
        if (first.size() > most) {
          first.pollLast();
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw failed("list", root, e);
    }
    return List.copyOf(first);
  }

  /** A folder that has only a lock is what a deleted service leaves: see {@link FolderLock}. */
  private boolean hasEntries(ServiceId service) {
    return Stream.of(
            EntryNames.history(service), EntryNames.pointer(service), EntryNames.binaries(service))
        .anyMatch(name -> Files.exists(root.resolve(name), LinkOption.NOFOLLOW_LINKS));
  }

  /**
   * Waits until no other thread or process writes to the service, makes its folder if it is absent,
   * and removes what a crashed writer left there.
   */
  private Turn turn(ServiceId service) {
    Path folder = root.resolve(service.value());
    try {
      makeFolder(folder);
      FolderLock lock = FolderLock.acquire(folder.resolve(LOCK_FILE));
      try {
        removeLeftovers(folder);
        return new Turn(folder, lock);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException | ReadOnlyFileSystemException | DirectoryIteratorException e) {
      throw failed("write to", folder, e);
    }
  }

  /** The right to write to one service, held until it is closed. */
  private final class Turn implements AutoCloseable {
    private final Path folder;
    private final FolderLock lock;

    private Turn(Path folder, FolderLock lock) {
      this.folder = folder;
      this.lock = lock;
    }

    /** Puts {@code content} under {@code name}: readers see the old file or the new one. */
    void replace(String name, byte[] content) {
      Path target = root.resolve(name);
      Path written = folder.resolve(NEW_FILE + UUID.randomUUID());
      try {
        makeFolder(parentOf(target));
        try {
          writeThrough(written, content);
          Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          Files.deleteIfExists(written);
        }
        forceFolder(parentOf(target));
      } catch (IOException e) {
        throw failed("write", target, e);
      }
    }

    /** Removes the file, or the link itself, under {@code name}, if there is one. */
    void remove(String name) {
      Path target = root.resolve(name);
      try {
        if (Files.deleteIfExists(target)) {
          forceFolder(parentOf(target));
        }
      } catch (IOException e) {
        throw failed("remove", target, e);
      }
    }

    /** Removes the folder under {@code name} and all files in it, if there is one. */
    void removeFolder(String name) {
      Path target = root.resolve(name);
      if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        return;
      }
      try {
        requireNoLink(target, target.toRealPath());
        try (DirectoryStream<Path> files = Files.newDirectoryStream(target)) {
          for (Path file : files) {
            Files.deleteIfExists(file);
          }
        }
        Files.delete(target);
        forceFolder(parentOf(target));
      } catch (IOException | DirectoryIteratorException e) {
        throw failed("remove", target, e);
      }
    }

    @Override
    public void close() {
      lock.close();
    }
  }

  /** Whether nothing is there; what is there, must be a plain file at the very place it seems. */
  private boolean isAbsent(Path file) throws IOException {
    Path real;
    try {
      real = file.toRealPath();
    } catch (NoSuchFileException e) {
      requireFolder();
      return true;
    }
    requireNoLink(file, real);
    BasicFileAttributes attributes =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isRegularFile()) {
      // To open a named pipe would wait for somebody to write into it.
      throw new ModuleException(
          ModuleException.Kind.INTEGRITY, "%s is not a plain file".formatted(file));
    }
    return false;
  }

  /** A folder that is gone knows no service, which is not to say that there are none. */
  private void requireFolder() {
    if (!Files.isDirectory(root)) {
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          "the folder of the store 'filesystem' is gone: %s was removed, or is not mounted"
              .formatted(root));
    }
  }

  private void makeFolder(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.createDirectories(folder);
      forceFolder(parentOf(folder));
    }
    requireNoLink(folder, folder.toRealPath());
  }

  private static void requireNoLink(Path path, Path real) {
    if (!real.equals(path)) {
      throw new ModuleException(
          ModuleException.Kind.INTEGRITY,
          "%s is reached through a link and is really %s; links below the folder are refused"
              .formatted(path, real));
    }
  }

  /** New files are only made by whoever has the turn, so those of others are left from a crash. */
  private static void removeLeftovers(Path folder) throws IOException {
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, NEW_FILE + "*")) {
      for (Path leftover : leftovers) {
        Files.deleteIfExists(leftover);
      }
    }
  }

  private static void writeThrough(Path file, byte[] content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
  }

  /** Without this, a power cut may undo a rename whose file is already safe. */
  private static void forceFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (AccessDeniedException e) {
      // Windows cannot open folders; there, a rename is as durable as the file system makes it.
      if (Files.isReadable(folder)) {
        return;
      }
      throw e;
    }
  }

  private static Path parentOf(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(path + " has no parent");
    }
    return parent;
  }

  private static StoreException failed(String verb, Path path, Exception cause) {
    boolean refused =
        cause instanceof AccessDeniedException || cause instanceof ReadOnlyFileSystemException;
    return new StoreException(
        refused ? StoreException.Kind.REFUSED : StoreException.Kind.UNAVAILABLE,
        "the store 'filesystem' could not %s %s: %s".formatted(verb, path, reason(cause)),
        cause);
  }

  /** File system errors often have the bare path as their message. */
  private static String reason(Exception cause) {
    return cause instanceof AccessDeniedException
        ? "access denied to the user of this process"
        : cause.toString();
  }
}
