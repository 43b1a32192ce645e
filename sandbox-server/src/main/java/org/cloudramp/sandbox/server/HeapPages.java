package org.cloudramp.sandbox.server;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the pages of the heap that this process begins with from the system, and keeps them.
 *
 * <p>The system gives a process a page when it first writes to it, which takes from 0.1 µs to, on
 * some virtual machines, 16 µs. The JVM takes most of them when many things are alive at once, and
 * a collection copies them while everybody waits: 27 MB took 63 ms. A JVM that has had little to do
 * also gives the pages back, and takes them anew for the next rush. A service of which people
 * expect an answer within some milliseconds has them before.
 */
final class HeapPages {
  private static final Logger log = LoggerFactory.getLogger(HeapPages.class);

  /** Large enough that collectors give an array a place of its own, and do not copy it. */
  private static final int CHUNK_BYTES = 4 << 20;

  /** Of the heap as it is, which is left to whatever else goes on. */
  private static final int PART_LEFT = 8;

  /** The same for other collectors, none of whose generations may have place for what is free. */
  private static final int PART_LEFT_BY_OTHERS = 3;

  private HeapPages() {}

  /**
   * Writes to each page that is free, and has the JVM keep what it has.
   *
   * @param most how long this may take; zero to leave the heap as it is
   * @return how many bytes were written to
   */
  static long take(Duration most) {
    if (most.isZero()) {
      return 0;
    }
    keep();
    long until = System.nanoTime() + most.toNanos();
    Runtime runtime = Runtime.getRuntime();
    long left = runtime.freeMemory() - runtime.totalMemory() / partLeft();
    long taken = 0;
    List<byte[]> chunks = new ArrayList<>();
    while (left - taken >= CHUNK_BYTES && System.nanoTime() - until < 0) {
      chunks.add(new byte[CHUNK_BYTES - Long.BYTES * 2]); // with its header
      taken += CHUNK_BYTES;
    }
    log.debug("{} MiB of the heap are here, in {} pieces", taken >> 20, chunks.size());
    return taken;
  }

  private static int partLeft() {
    boolean hasRegions =
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .anyMatch(collector -> collector.getName().startsWith("G1 "));
    return hasRegions ? PART_LEFT : PART_LEFT_BY_OTHERS;
  }

  /** A part of the heap that is free for a while is needed in the next rush. */
  private static void keep() {
    try {
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .setVMOption("MaxHeapFreeRatio", "100");
    } catch (RuntimeException | LinkageError e) { // another JVM, or it forbids it
      log.debug("the JVM does not say that it keeps its heap", e);
    }
  }
}
