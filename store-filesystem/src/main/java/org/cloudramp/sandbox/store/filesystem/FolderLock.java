package org.cloudramp.sandbox.store.filesystem;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.StoreException;

/**
 * Keeps all other threads and processes away from one service's files. The operating system lets go
 * of it when the process dies, however it dies.
 *
 * <p>Made of two locks, because a file lock belongs to the process: the threads of one process
 * exclude each other by a lock in memory, and must, since closing any channel of the lock file
 * would release the file lock that another thread holds through its own.
 *
 * <p>The lock file is never removed, not even with its service: whoever waits for the removed file
 * and whoever makes a new one would both get the lock.
 */
final class FolderLock implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(5);

  /** Shared by all stores of this process, and by the services whose paths meet in one of them. */
  private static final List<ReentrantLock> IN_THIS_PROCESS =
      Stream.generate(ReentrantLock::new).limit(1_024).toList();

  private final ReentrantLock threads;
  private final FileChannel channel;

  private FolderLock(ReentrantLock threads, FileChannel channel) {
    this.threads = threads;
    this.channel = channel;
  }

  /**
   * Waits for the lock, up to ten seconds.
   *
   * @throws StoreException of kind unavailable if it was not to be had
   */
  static FolderLock acquire(Path file) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    ReentrantLock threads =
        IN_THIS_PROCESS.get(Math.floorMod(file.hashCode(), IN_THIS_PROCESS.size()));
    try {
      if (!threads.tryLock(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
        throw notToBeHad(file);
      }
      try {
        return new FolderLock(threads, lockFile(file, deadline));
      } catch (IOException | InterruptedException | RuntimeException e) {
        threads.unlock();
        throw e;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          "interrupted while waiting for %s; nothing was changed".formatted(file),
          e);
    }
  }

  private static FileChannel lockFile(Path file, long deadline)
      throws IOException, InterruptedException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    try {
      // Tried again and again, because a blocking lock() cannot be given a time limit.
      FileLock lock = channel.tryLock();
      while (lock == null) {
        if (System.nanoTime() - deadline > 0) {
          throw notToBeHad(file);
        }
        TimeUnit.NANOSECONDS.sleep(BETWEEN_TRIES.toNanos());
        lock = channel.tryLock();
      }
      return channel;
    } catch (IOException | InterruptedException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static StoreException notToBeHad(Path file) {
    return new StoreException(
        StoreException.Kind.UNAVAILABLE,
        "somebody else has held %s for %d s; nothing was changed"
            .formatted(file, PATIENCE.toSeconds()));
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The lock goes with the descriptor, which the operating system has closed in any case.
    } finally {
      threads.unlock();
    }
  }
}
