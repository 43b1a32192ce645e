package org.cloudramp.sandbox.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.cloudramp.sandbox.server.rate.Limit;
import org.cloudramp.sandbox.server.rooms.ConnectionListener;

/** Counts connections, and times what they say. Thread-safe. */
final class ConnectionMetrics implements ConnectionListener {
  /** Codes of the protocol and of this server. Others are the guests' and clients' to choose. */
  static final Set<Integer> KNOWN =
      Set.of(
          1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 4001, 4003, 4004,
          4008, 4009, 4010, 4021, 4022, 4029);

  private final MeterRegistry registry;
  private final Counter opened;
  private final Map<String, Counter> closed = new ConcurrentHashMap<>();
  private final Map<Limit, Counter> tooFast = new EnumMap<>(Limit.class); // changed by nobody
  private final Map<Resume, Counter> resumes = new EnumMap<>(Resume.class); // as above
  private final DistributionDataPoint deliveries;

  /** Nothing is counted yet. */
  ConnectionMetrics(MeterRegistry registry, Times times) {
    this.registry = registry;
    opened =
        Counter.builder("sandbox.connections.opened")
            .description("connections that were opened")
            .register(registry);
    Counter unused = closedWith("1000");
    for (Limit limit : Limit.values()) {
      tooFast.put(
          limit,
          Counter.builder("sandbox.rates.exceeded")
              .description("messages and joins that were more than a rate allows")
              .tag("what", limit.what().toString())
              .tag("of", limit.whose().toString())
              .register(registry));
    }
    for (Resume what : Resume.values()) {
      resumes.put(
          what,
          Counter.builder("sandbox.sessions.resumed")
              .description("sessions that wanted to go on after a break, by what became of that")
              .tag("outcome", what.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    deliveries =
        times
            .histogram(
                "sandbox_delivery_seconds",
                "from a message that has come in to the end of its hook, when what the hook sends is handed to connections")
            .labelValues();
  }

  @Override
  public void opened() {
    opened.increment();
  }

  @Override
  public void closed(int code) {
    closed.computeIfAbsent(label(code), this::closedWith).increment();
  }

  private Counter closedWith(String code) {
    return Counter.builder("sandbox.connections.closed")
        .description("connections that were closed, by the code of the WebSocket")
        .tag("code", code)
        .register(registry);
  }

  static String label(int code) {
    if (KNOWN.contains(code)) {
      return String.valueOf(code);
    }
    return code >= 3000 && code <= 4999 ? code / 1000 + "xxx" : "other";
  }

  @Override
  public void resumed(Resume what) {
    Objects.requireNonNull(resumes.get(what)).increment();
  }

  @Override
  public void tooFast(Limit limit) {
    Objects.requireNonNull(tooFast.get(limit)).increment();
  }

  @Override
  public long messageCame() {
    return System.nanoTime();
  }

  @Override
  public void messageEnded(long came) {
    deliveries.observe(Times.seconds(System.nanoTime() - came));
  }
}
