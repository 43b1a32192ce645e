package org.cloudramp.sandbox.attack;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a server holds.
 *
 * @param heap bytes in use after a garbage collection
 * @param threads how many of each name, without numbers in the names
 * @param descriptors open files and sockets
 * @param log bytes in its log
 */
record Vitals(long heap, Map<String, Integer> threads, long descriptors, long log) {
  Vitals {
    threads = Map.copyOf(threads);
  }

  int threadCount() {
    return threads.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** The threads that are more than they were, by name. */
  Map<String, Integer> threadsMoreThan(Vitals before) {
    Map<String, Integer> more = new TreeMap<>();
    threads.forEach(
        (name, count) -> {
          int added = count - before.threads.getOrDefault(name, 0);
          if (added > 0) {
            more.put(name, added);
          }
        });
    return more;
  }

  @Override
  public String toString() {
    return "heap %d MiB, %d threads, %d descriptors, log %d KiB"
        .formatted(heap >> 20, threadCount(), descriptors, log >> 10);
  }
}
