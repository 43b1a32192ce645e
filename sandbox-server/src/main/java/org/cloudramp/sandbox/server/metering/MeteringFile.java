package org.cloudramp.sandbox.server.metering;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.observe.RecurringTrouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the report of this start in a file of its own, on one thread of its own. The file is there
 * whole at any moment: it is written under another name, forced to the disk, and takes the place of
 * the one before. It is replaced and never grows, and nothing is deleted: whoever has billed a
 * start does that.
 */
public final class MeteringFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MeteringFile.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** How long closing waits for a disk that does not answer. */
  private static final Duration LAST_REPORT = Duration.ofSeconds(5);

  private final Metering metering;
  private final Path file;
  private final Path next;
  private final RecurringTrouble trouble =
      new RecurringTrouble(log, "what services have taken could not be written down: {}");
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "metering");
            made.setDaemon(true);
            return made;
          });

  private MeteringFile(Metering metering, Path folder) {
    this.metering = metering;
    this.file = folder.resolve(metering.name() + ".json");
    this.next = folder.resolve("." + metering.name() + ".next");
  }

  /**
   * Writes the first report, and another one again and again.
   *
   * @param folder is made if it is not there
   * @throws ConfigurationException if the first one cannot be written
   */
  public static MeteringFile begin(Metering metering, Path folder, Duration every) {
    MeteringFile made = new MeteringFile(metering, folder);
    try {
      Files.createDirectories(folder);
      made.write(false);
    } catch (IOException e) {
      made.thread.shutdownNow();
      throw new ConfigurationException(
          "setting 'sandbox.server.metering.folder': nothing can be written to %s: %s"
              .formatted(folder, e));
    }
    var unused =
        made.thread.scheduleWithFixedDelay(
            () -> made.writeWhateverHappens(false),
            every.toNanos(),
            every.toNanos(),
            TimeUnit.NANOSECONDS);
    return made;
  }

  /** Where the report is. */
  public Path file() {
    return file;
  }

  private void writeWhateverHappens(boolean isFinal) {
    try {
      write(isFinal);
      trouble.isOver();
    } catch (IOException | RuntimeException e) {
      trouble.is(e.toString());
    }
  }

  private void write(boolean isFinal) throws IOException {
    byte[] report = JSON.writeValueAsBytes(metering.report(isFinal));
    try (FileChannel channel =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer left = ByteBuffer.wrap(report);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Writes the last report, when nothing more can be added to it. Idempotent. */
  @Override
  public void close() {
    if (thread.isShutdown()) {
      return;
    }
    thread.execute(() -> writeWhateverHappens(true));
    thread
        .shutdown(); // what was to come again and again does not, and what was just handed in does
    try {
      if (!thread.awaitTermination(LAST_REPORT.toNanos(), TimeUnit.NANOSECONDS)) {
        log.warn("the last report of what services have taken could not be written in time");
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
