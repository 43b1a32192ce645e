package org.cloudramp.sandbox.attack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How much of the machine's processors others than the server have had. The builds, browsers and
 * attackers beside it are no fault of the server's: with half of a machine it may take twice as
 * long. Reads {@code /proc}; where there is none, nobody else is seen.
 */
final class Machine {
  private static final Path TOTAL = Path.of("/proc/stat");

  private final Path ofServer;
  private final Ticks before;

  private record Ticks(long idle, long all, long server) {}

  private Machine(long pid) throws IOException {
    this.ofServer = Path.of("/proc", Long.toString(pid), "stat");
    this.before = read(ofServer, 0);
  }

  /** Begins to look. */
  static Machine watch(long pid) throws IOException {
    return new Machine(pid);
  }

  /** The share of all processors that others had since then: 0 is none, 1 is all of them. */
  double shareOfOthers() throws IOException {
    Ticks now = read(ofServer, before.server);
    long all = now.all - before.all;
    long others = all - (now.idle - before.idle) - (now.server - before.server);
    return all <= 0 ? 0 : Math.min(1, Math.max(0, (double) others / all));
  }

  /**
   * @param last what the server had before; it keeps that when it has ended
   */
  private static Ticks read(Path ofServer, long last) throws IOException {
    if (!Files.isReadable(TOTAL)) {
      return new Ticks(0, 0, 0);
    }
    // cpu user nice system idle iowait irq softirq steal guest guest_nice; guests are in user too.
    List<String> total = List.of(Files.readAllLines(TOTAL).get(0).split(" +"));
    long all = total.stream().skip(1).limit(8).mapToLong(Long::parseLong).sum();
    long idle = Long.parseLong(total.get(4)) + Long.parseLong(total.get(5));
    return new Ticks(idle, all, ticksOfServer(ofServer, last));
  }

  private static long ticksOfServer(Path ofServer, long last) throws IOException {
    if (!Files.isReadable(ofServer)) {
      return last;
    }
    String stat = Files.readString(ofServer);
    // Behind the name, which may hold spaces, utime and stime are the twelfth and thirteenth.
    List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
    return Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
  }
}
