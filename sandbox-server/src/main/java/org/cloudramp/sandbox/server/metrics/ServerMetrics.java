package org.cloudramp.sandbox.server.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.core.Backends;
import org.cloudramp.sandbox.core.Operator;
import org.cloudramp.sandbox.core.SandboxObserver;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.server.loop.EventLoops;
import org.cloudramp.sandbox.server.loop.LoopStatistics;
import org.cloudramp.sandbox.server.observe.SpanCounts;
import org.cloudramp.sandbox.server.observe.Usage;
import org.cloudramp.sandbox.server.rooms.ConnectionListener;
import org.jspecify.annotations.Nullable;

/**
 * All that is counted and timed in one server, as Prometheus reads it. Thread-safe.
 *
 * <p>What changes with each hook is counted as it happens. What the parts of the server know of
 * themselves is asked for when somebody reads, and once a second at most, whoever reads.
 */
public final class ServerMetrics implements AutoCloseable {
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final HookMetrics hooks;
  private final SandboxMetrics sandbox;
  private final ConnectionMetrics connections;
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private volatile String engine = "";

  /** What was asked for last. */
  private volatile @Nullable Snapshot latest;

  // Guarded by this.
  private @Nullable Sources sources;
  private @Nullable String text;
  private long textOf;

  /**
   * The parts of a server that know something of themselves.
   *
   * @param usage what is in use of budgets, by the setting that limits each
   * @param connected how many connections are in rooms, or on their way in or out
   * @param spans what has become of those of traces
   */
  public record Sources(
      Operator operator,
      Rooms rooms,
      EventLoops loops,
      Supplier<Map<String, Usage>> usage,
      Supplier<Integer> connected,
      Supplier<SpanCounts> spans) {}

  /** What they know at one moment. */
  private record Snapshot(
      Operator.Table table,
      Operator.KeptCode code,
      List<LoopStatistics> loops,
      Map<String, Usage> usage,
      SpanCounts spans,
      long restingVersions,
      long restingRooms) {
    static Snapshot of(Sources sources) {
      List<Operator.Resting> resting = sources.operator().quarantine();
      long rooms = resting.stream().filter(rest -> rest.room().isPresent()).count();
      return new Snapshot(
          sources.operator().table(),
          sources.operator().keptCode(),
          sources.loops().statistics(),
          sources.usage().get(),
          sources.spans().get(),
          resting.size() - rooms,
          rooms);
    }
  }

  /**
   * Nothing is counted yet.
   *
   * @param maxServices how many services get a label of their own
   */
  public ServerMetrics(int maxServices) {
    Times times = new Times(registry.getPrometheusRegistry());
    hooks = new HookMetrics(registry, times, () -> engine, maxServices);
    sandbox = new SandboxMetrics(registry, times);
    connections = new ConnectionMetrics(registry, times);
    new JvmMemoryMetrics().bindTo(registry);
    collections.bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
  }

  /** Counts hooks. */
  public HookListener hooks() {
    return hooks;
  }

  /** Counts what a sandbox does besides. */
  public SandboxObserver sandbox() {
    return sandbox;
  }

  /** Counts connections. */
  public ConnectionListener connections() {
    return connections;
  }

  /** Reads what these say of themselves, from now on. Called once, before anything runs. */
  public synchronized void read(Sources all) {
    Operator operator = all.operator();
    engine = operator.backends().engine();
    sources = all;
    latest = Snapshot.of(all);
    info(operator.backends());
    table();
    gauge(
        "sandbox.guest.memory.bytes", "memory of guests, and compiled code", operator::guestMemory);
    gauge(
        "sandbox.guest.memory.limit.bytes",
        "what it may be: guestMemory",
        operator::guestMemoryLimit);
    gauge("sandbox.calls.pending", "calls that wait or run, in all rooms", operator::pendingCalls);
    gauge("sandbox.rooms.active", "rooms with calls that wait or run", operator::activeRooms);
    gauge("sandbox.rooms.connected", "rooms that have a connection", all.rooms()::count);
    gauge(
        "sandbox.connections", "connections in rooms, or on their way in or out", all.connected());
    gauge("sandbox.leaves.due", "people who have left without their onLeave", operator::dueLeaves);
    gauge(
        "sandbox.writebehind.bytes",
        "writes that the KV store gets later",
        operator::waitingWrites);
    counter(
        "sandbox.messages.dropped",
        "messages that hooks sent to connections which had gone, or took no more",
        now -> all.rooms().dropped());
    spans("sent", SpanCounts::sent);
    spans("dropped", SpanCounts::dropped);
    spans("lost", SpanCounts::lost);
    resting("version", Snapshot::restingVersions);
    resting("room", Snapshot::restingRooms);
    budgets(now().usage());
    loops(all.loops());
  }

  private void info(Backends backends) {
    Gauge.builder("sandbox.info", () -> 1)
        .description("what the sandbox stands on; always 1")
        .tag("engine", backends.engine())
        .tag("store", backends.store())
        .tag("kv", backends.kv())
        .register(registry);
  }

  private void table() {
    gauge("sandbox.table.slots", "slots for modules", () -> now().table().slots());
    gauge("sandbox.table.occupied", "slots that are not free", () -> now().table().occupied());
    counter("sandbox.table.hits", "hooks that found their module", now -> now.table().hits());
    counter("sandbox.table.misses", "hooks that did not", now -> now.table().misses());
    gauge(
        "sandbox.code.versions",
        "versions without a slot whose code is kept",
        () -> now().code().versions());
    counter("sandbox.code.hits", "loads that found kept code", now -> now.code().hits());
    counter("sandbox.code.misses", "loads that had to compile", now -> now.code().misses());
    counter(
        "sandbox.code.evictions",
        "versions whose code made room, for others or for guests",
        now -> now.code().evictions());
  }

  private void spans(String outcome, ToLongFunction<SpanCounts> count) {
    FunctionCounter.builder("sandbox.spans", this, self -> count.applyAsLong(self.now().spans()))
        .description("spans of traces, by what became of them")
        .tag("outcome", outcome)
        .register(registry);
  }

  private void resting(String what, ToLongFunction<Snapshot> count) {
    Gauge.builder("sandbox.resting", () -> count.applyAsLong(now()))
        .description("versions, and rooms of others, that rest after repeated faults")
        .tag("what", what)
        .register(registry);
  }

  private void budgets(Map<String, Usage> all) {
    for (String budget : all.keySet()) {
      Gauge.builder("sandbox.budget.used", () -> usage(budget).used())
          .description("what is in use of a budget")
          .tag("budget", budget)
          .register(registry);
      Gauge.builder("sandbox.budget.limit", () -> usage(budget).limit())
          .description("what there is of it")
          .tag("budget", budget)
          .register(registry);
    }
  }

  private Usage usage(String budget) {
    return now().usage().getOrDefault(budget, new Usage(0, 0));
  }

  private void loops(EventLoops loops) {
    gauge(
        "sandbox.loop.overstaying",
        "hooks that have not returned, though their loops have gone on",
        loops::overstaying);
    for (int i = 0; i < now().loops().size(); i++) {
      int loop = i;
      ofLoop(loop, "turns", "turns of rooms on a loop", now -> now.loops().get(loop).turns());
      ofLoop(
          loop,
          "takeovers",
          "turns that a loop has gone on without, each of which is held against its service",
          now -> now.loops().get(loop).takeovers());
      ofLoop(loop, "writes", "writes to sockets", now -> now.loops().get(loop).writes());
    }
  }

  private void ofLoop(int loop, String what, String meaning, ToLongFunction<Snapshot> count) {
    FunctionCounter.builder("sandbox.loop." + what, this, self -> count.applyAsLong(self.now()))
        .description(meaning)
        .tag("loop", String.valueOf(loop))
        .register(registry);
  }

  private void gauge(String name, String meaning, Supplier<? extends Number> value) {
    Gauge.builder(name, value::get).description(meaning).register(registry);
  }

  private void counter(String name, String meaning, ToLongFunction<Snapshot> count) {
    FunctionCounter.builder(name, this, self -> count.applyAsLong(self.now()))
        .description(meaning)
        .register(registry);
  }

  private Snapshot now() {
    Snapshot now = latest;
    if (now == null) {
      throw new IllegalStateException("there is nothing to read yet");
    }
    return now;
  }

  /** All of it, in Prometheus's text format. At most a second old. */
  public synchronized String text() {
    String before = text;
    if (before != null && System.nanoTime() - textOf < FRESH.toNanos()) {
      return before;
    }
    Sources all = sources;
    if (all != null) {
      latest = Snapshot.of(all);
    }
    String made = registry.scrape();
    text = made;
    textOf = System.nanoTime();
    return made;
  }

  /** Counts no more. Idempotent. */
  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
