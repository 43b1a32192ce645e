package org.cloudramp.sandbox.benchmarks.delivery;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Members of rooms who say something, wait until they hear it, and say the next thing; each has
 * some messages under way. It needs a server at which everybody in a room hears everything, the
 * speaker too, and knows nothing else of it.
 *
 * <pre>
 * LoadGenerator URL ROOMS MEMBERS WINDOW WARM_UP_SECONDS SECONDS
 * </pre>
 *
 * A {@code %d} in the URL is the number of the room. It prints {@link #MEASURING} when it begins to
 * measure, and then one line with what it has measured.
 */
public final class LoadGenerator {
  /** What it prints when it is warm. */
  static final String MEASURING = "measuring";

  private static final int READ_BYTES = 256 << 10;

  private final Selector selector = Selector.open();
  private final ByteBuffer input = ByteBuffer.allocateDirect(READ_BYTES);
  private final Latencies latencies = new Latencies();

  private LoadGenerator() throws IOException {}

  /** Runs it. */
  public static void main(String... arguments) throws IOException {
    String url = arguments[0];
    int rooms = Integer.parseInt(arguments[1]);
    int members = Integer.parseInt(arguments[2]);
    int window = Integer.parseInt(arguments[3]);
    long warmUp = TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[4]));
    long measured = TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[5]));
    new LoadGenerator().run(url, rooms, members, window, warmUp, measured);
  }

  private void run(
      String url, int rooms, int members, int window, long warmUpNanos, long measuredNanos)
      throws IOException {
    List<Member> all = new ArrayList<>();
    for (int i = 0; i < rooms * members; i++) {
      URI uri = URI.create(url.replace("%d", Integer.toString(i / members)));
      all.add(new Member(uri, i, window, latencies, selector));
    }
    for (Member member : all) {
      member.begin();
    }
    runFor(warmUpNanos);
    latencies.clear();
    System.out.println(MEASURING);
    long begin = System.nanoTime();
    runFor(measuredNanos);
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "messages=%d seconds=%.3f p50=%d p99=%d max=%d%n",
        latencies.count(),
        seconds,
        latencies.percentile(0.5),
        latencies.percentile(0.99),
        latencies.percentile(1));
  }

  private void runFor(long nanos) throws IOException {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      selector.select(this::onReady, 100);
    }
  }

  private void onReady(SelectionKey key) {
    try {
      ((Member) key.attachment()).onReady(input);
    } catch (IOException e) {
      throw new IllegalStateException("the server has hung up", e);
    }
  }
}
