package org.cloudramp.sandbox.attack;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The right to besiege a server. Only one of the processes that run these tests has it: two sieges
 * at once would judge neither server.
 */
final class Turn {
  private static final Path FILE = Path.of("target", "siege.lock");

  private final FileChannel channel;
  private final FileLock lock;

  private Turn(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /** Waits until no other process has it; one that ends gives it back. */
  static Turn take() throws IOException {
    FileChannel channel =
        FileChannel.open(FILE, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      return new Turn(channel, channel.lock());
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Gives it back. */
  void end() throws IOException {
    try {
      lock.release();
    } finally {
      channel.close();
    }
  }
}
