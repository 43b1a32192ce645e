package org.cloudramp.sandbox.server.management;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.cloudramp.sandbox.server.access.ConnectionLimits;
import org.cloudramp.sandbox.server.access.KnownHosts;
import org.cloudramp.sandbox.server.access.Proxies;
import org.cloudramp.sandbox.server.config.ManagementSettings;
import org.cloudramp.sandbox.server.http.Answer;
import org.cloudramp.sandbox.server.http.LibraryErrors;
import org.cloudramp.sandbox.server.http.ReachableAt;
import org.cloudramp.sandbox.server.http.SecurityHeaders;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code /livez}, {@code /readyz} and {@code /metrics} at a port of its own. Thread-safe.
 */
public final class ManagementServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ManagementServer.class);

  /**
   * Those who look after a server are few, and ask for what is there at once. For one more the
   * oldest connection makes room, whatever it does, so that nobody holds the port.
   */
  private static final int MAX_CONNECTIONS = 64;

  private static final int MAX_THREADS = 4;
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final List<Probe> probes;
  private final Server jetty;
  private final ServerConnector connector;

  /**
   * A server that does not listen yet.
   *
   * @param hosts names by which it is asked for besides those of the loopback address
   * @param alive what must answer lest the process is better ended
   * @param ready what must answer lest others are better asked
   * @param metrics what the server counts, in the text format of Prometheus
   * @param stops whether the server is about to end; from then on it is not ready
   */
  public ManagementServer(
      ManagementSettings settings,
      Set<String> hosts,
      List<Probe> alive,
      List<Probe> ready,
      Supplier<String> metrics,
      BooleanSupplier stops) {
    this.probes = List.of(alive, ready).stream().flatMap(List::stream).toList();
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 1);
    threads.setName("management");
    threads.setDaemon(true);
    jetty = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    // One selector that accepts as well: it is never busy.
    connector = new ServerConnector(jetty, 0, 1, new HttpConnectionFactory(http));
    connector.setHost(settings.host());
    connector.setPort(settings.port());
    connector.setIdleTimeout(IDLE.toMillis());
    connector.addBean(
        new ConnectionLimits(
            MAX_CONNECTIONS, 0, Proxies.of(List.of()), Duration.ZERO, "at the management port"));
    jetty.addConnector(connector);
    Handler paths =
        new Handler.Sequence(
            new Checkup("/livez", alive, () -> false),
            new Checkup("/readyz", ready, stops),
            new MetricsPage(metrics));
    jetty.setHandler(
        new SecurityHeaders(
            new KnownHosts(paths, settings.host(), hosts, Set.of(), Answer::refusal)));
    jetty.setErrorHandler(new LibraryErrors());
  }

  /**
   * Listens.
   *
   * @throws org.cloudramp.sandbox.api.error.ConfigurationException if the address is taken or not
   *     this machine's
   */
  public void start() {
    try {
      jetty.start();
    } catch (IOException e) {
      throw ReachableAt.cannotListen(
          connector, "sandbox.server.management.host, sandbox.server.management.port", e);
    } catch (Exception e) {
      throw new IllegalStateException("the management port could not be opened", e);
    }
    log.info("/livez, /readyz and /metrics are at {}", uri());
  }

  /** Where it is, as seen from this machine. Known once it listens. */
  public URI uri() {
    return ReachableAt.root("http", connector);
  }

  /** Answers no more. Idempotent. */
  @Override
  public void close() {
    try {
      jetty.stop();
    } catch (Exception e) {
      log.warn("the management port did not close cleanly", e);
    }
    probes.forEach(Probe::close);
  }
}
