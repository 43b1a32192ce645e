package org.cloudramp.sandbox.server;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.core.Backends;
import org.cloudramp.sandbox.core.Operator;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.SandboxBuilder;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.server.access.ConnectionLimits;
import org.cloudramp.sandbox.server.access.ForwardedLimits;
import org.cloudramp.sandbox.server.access.ForwardedRequests;
import org.cloudramp.sandbox.server.access.KnownHosts;
import org.cloudramp.sandbox.server.access.Origins;
import org.cloudramp.sandbox.server.access.ProperPaths;
import org.cloudramp.sandbox.server.access.RequestsUnderWay;
import org.cloudramp.sandbox.server.access.TokenRequired;
import org.cloudramp.sandbox.server.config.AccessSettings;
import org.cloudramp.sandbox.server.config.Delivery;
import org.cloudramp.sandbox.server.config.ManagementSettings;
import org.cloudramp.sandbox.server.config.MeteringSettings;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.cloudramp.sandbox.server.config.Settings;
import org.cloudramp.sandbox.server.config.TracingSettings;
import org.cloudramp.sandbox.server.config.WatchedFiles;
import org.cloudramp.sandbox.server.feed.Feed;
import org.cloudramp.sandbox.server.feed.HookCounts;
import org.cloudramp.sandbox.server.http.Answer;
import org.cloudramp.sandbox.server.http.Api;
import org.cloudramp.sandbox.server.http.EventsApi;
import org.cloudramp.sandbox.server.http.Health;
import org.cloudramp.sandbox.server.http.HooksApi;
import org.cloudramp.sandbox.server.http.LibraryErrors;
import org.cloudramp.sandbox.server.http.Pages;
import org.cloudramp.sandbox.server.http.ReachableAt;
import org.cloudramp.sandbox.server.http.RecordingsApi;
import org.cloudramp.sandbox.server.http.RestOfBody;
import org.cloudramp.sandbox.server.http.RoomContentsApi;
import org.cloudramp.sandbox.server.http.RoomsApi;
import org.cloudramp.sandbox.server.http.SecurityHeaders;
import org.cloudramp.sandbox.server.http.ServerApi;
import org.cloudramp.sandbox.server.http.ServicesApi;
import org.cloudramp.sandbox.server.http.SourceMapsApi;
import org.cloudramp.sandbox.server.http.TermsApi;
import org.cloudramp.sandbox.server.jointoken.JoinPolicy;
import org.cloudramp.sandbox.server.loop.EventLoops;
import org.cloudramp.sandbox.server.loop.LoopStatistics;
import org.cloudramp.sandbox.server.management.ManagementServer;
import org.cloudramp.sandbox.server.management.Probe;
import org.cloudramp.sandbox.server.metering.Metering;
import org.cloudramp.sandbox.server.metering.MeteringFile;
import org.cloudramp.sandbox.server.metrics.ServerMetrics;
import org.cloudramp.sandbox.server.observe.SpanCounts;
import org.cloudramp.sandbox.server.observe.Usage;
import org.cloudramp.sandbox.server.rooms.CallTracer;
import org.cloudramp.sandbox.server.rooms.ConnectionListener;
import org.cloudramp.sandbox.server.rooms.RoomsEndpoint;
import org.cloudramp.sandbox.server.rooms.SentBytes;
import org.cloudramp.sandbox.server.tls.TlsCertificate;
import org.cloudramp.sandbox.server.token.Tokens;
import org.cloudramp.sandbox.server.tracing.Tracing;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A sandbox with rooms, an API and a page around it, listening. Thread-safe. */
public final class SandboxServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SandboxServer.class);

  private static final int MIN_THREADS = 8;

  private static final int MAX_THREADS =
      Math.max(MIN_THREADS, 4 * Runtime.getRuntime().availableProcessors());

  /**
   * Connections that the system has and the server has not accepted: when there are more, the
   * system lets a client try again a second later, whoever it is. The JDK's own value is 50. The
   * system cuts it (on Linux at {@code net.core.somaxconn}, 4,096).
   */
  private static final int ACCEPT_QUEUE = 4_096;

  /**
   * What the system takes of a connection that is not read from, as of many that are. Left to
   * itself it takes megabytes of each, and all of these at once.
   */
  private static final int RECEIVE_BUFFER = 128 << 10;

  private static final Duration THREADS_IDLE = Duration.ofSeconds(2);

  /**
   * How long a connection may take for its first request or the next, however many want its place.
   * Handshakes of a rush have to be done in that time, or nobody of it gets in.
   */
  private static final Duration YOUNG = Duration.ofSeconds(1);

  /** How long those who ask how the server is wait for one of its parts. */
  private static final Duration PROBE_PATIENCE = Duration.ofSeconds(2);

  private final Duration shutdown;
  private final Tokens tokens;
  private final JoinPolicy joinPolicy;
  private final @Nullable TlsCertificate tls;
  private final WatchedFiles watchedFiles;
  private final EventLoops loops;
  private final Feed feed;
  private final HookCounts hookCounts = new HookCounts();
  private final Sandbox sandbox;
  private final RoomsEndpoint rooms;
  private final org.eclipse.jetty.server.Server jetty;
  private final ServerConnector connector;
  private final ConnectionLimits limits;
  private final @Nullable ServerMetrics metrics;
  private final @Nullable ManagementServer management;
  private final @Nullable Metering metering;
  private final @Nullable MeteringFile meteringFile;
  private final @Nullable Tracing tracing;
  private volatile boolean stops;

  private SandboxServer(Settings settings) {
    shutdown = settings.server().shutdown();
    AccessSettings access = settings.server().access();
    tokens = Tokens.of(access.tokens(), access.tokenFile(), InstantSource.system());
    tls =
        access.tlsCertificate() == null || access.tlsKey() == null
            ? null
            : new TlsCertificate(access.tlsCertificate(), access.tlsKey());
    joinPolicy = JoinPolicy.of(access.join());
    Rooms membership = new Rooms();
    ManagementSettings managed = settings.server().management();
    metrics = managed.isOn() ? new ServerMetrics(managed.services()) : null;
    MeteringSettings metered = settings.server().metering();
    metering =
        metered.isOn()
            ? new Metering(metered.services(), this::isSeen, InstantSource.system())
            : null;
    loops = new EventLoops(settings.server().loops());
    feed = new Feed(this::isSeen);
    TracingSettings traced = settings.server().tracing();
    tracing = traced.isOn() ? new Tracing(traced, this::isSeen) : null;
    MeteringFile kept = null;
    try {
      if (metering != null && metered.folder().isPresent()) {
        kept = MeteringFile.begin(metering, metered.folder().get(), metered.every());
      }
      sandbox = sandbox(settings, membership);
    } catch (Throwable e) {
      loops.close();
      if (kept != null) {
        kept.close();
      }
      if (tracing != null) {
        tracing.close();
      }
      if (metrics != null) {
        metrics.close();
      }
      throw e;
    }
    meteringFile = kept;
    rooms =
        new RoomsEndpoint(
            sandbox,
            membership,
            settings.server(),
            loops,
            joinPolicy,
            metrics == null ? ConnectionListener.NONE : metrics.connections(),
            metering == null ? SentBytes.NONE : metering,
            tracing == null ? CallTracer.NONE : tracing);
    jetty = new org.eclipse.jetty.server.Server(threads());
    limits =
        new ConnectionLimits(
            settings.server().connections(),
            settings.server().connectionsPerAddress(),
            access.proxies(),
            YOUNG,
            "sandbox.server.connections");
    connector = connector(jetty, settings.server(), tls);
    connector.addBean(limits);
    jetty.addConnector(connector);
    jetty.setHandler(handler(settings.server()));
    jetty.setErrorHandler(new LibraryErrors());
    joinPolicy.readAgain(); // keys that have to be fetched are on their way when it listens
    watchedFiles = new WatchedFiles(looks());
    management = metrics == null ? null : management(settings.server(), membership, metrics);
  }

  private ManagementServer management(
      ServerSettings settings, Rooms membership, ServerMetrics counted) {
    counted.read(
        new ServerMetrics.Sources(
            sandbox.operator(),
            membership,
            loops,
            this::usage,
            this::connections,
            () -> tracing == null ? SpanCounts.NONE : tracing.counts()));
    Backends backends = sandbox.operator().backends();
    Supplier<CompletionStage<?>> store =
        () -> {
          backends.askStore();
          return CompletableFuture.completedFuture(null);
        };
    return new ManagementServer(
        settings.management(),
        settings.hosts(),
        List.of(new Probe("loops", loops::roundOfEach, PROBE_PATIENCE)),
        List.of(
            new Probe("store", store, PROBE_PATIENCE),
            new Probe("kv", backends::askKv, PROBE_PATIENCE)),
        counted::text,
        () -> stops);
  }

  private Sandbox sandbox(Settings settings, Rooms membership) {
    SandboxBuilder builder =
        Sandbox.builder()
            .settings(settings.forTheSandbox())
            .extension(membership)
            .listener(feed)
            .listener(hookCounts)
            .serviceObserver(feed);
    if (settings.server().delivery() == Delivery.LOOP) {
      builder.loops(loops);
    }
    if (metrics != null) {
      builder.listener(metrics.hooks()).observer(metrics.sandbox());
    }
    if (metering != null) {
      builder.listener(metering).serviceObserver(metering);
    }
    if (tracing != null) {
      builder.timerListener(tracing);
    }
    return builder.build();
  }

  private boolean isSeen(ServiceId service) {
    return sandbox.operator().hasSeen(service);
  }

  /**
   * Makes a server that does not listen yet, so that services can be published first.
   *
   * @throws ConfigurationException if the settings do not fit, or name no token
   */
  public static SandboxServer of(Settings settings) {
    return new SandboxServer(settings);
  }

  /**
   * Listens.
   *
   * @return this server
   * @throws ConfigurationException if the address is taken or not this machine's
   */
  public SandboxServer start() {
    try {
      jetty.start();
      if (management != null) {
        management.start();
      }
    } catch (ConfigurationException e) {
      close();
      throw e;
    } catch (IOException e) {
      close();
      throw ReachableAt.cannotListen(
          connector, "sandbox.server.host, sandbox.server.port, --port", e);
    } catch (Exception e) {
      close();
      throw new IllegalStateException("the server could not be started", e);
    }
    return this;
  }

  private org.eclipse.jetty.server.Handler handler(ServerSettings settings) {
    org.eclipse.jetty.server.Handler all =
        new org.eclipse.jetty.server.Handler.Sequence(
            rooms.countingAnswers(rooms),
            rooms.countingAnswers(api(settings)),
            new Health(),
            new Pages(settings.pages()));
    org.eclipse.jetty.server.Handler proper =
        new ProperPaths(all, RoomsEndpoint.PREFIX, Answer::refusal);
    org.eclipse.jetty.server.Handler known =
        new KnownHosts(
            proper, settings.host(), settings.hosts(), settings.origins(), Answer::refusal);
    return new RequestsUnderWay(
        new SecurityHeaders(new RestOfBody(new ForwardedLimits(known, limits, Answer::refusal))),
        limits,
        Pages::isPage);
  }

  private List<Runnable> looks() {
    List<Runnable> looks = new ArrayList<>(List.of(tokens::readAgain, joinPolicy::readAgain));
    if (tls != null) {
      looks.add(tls::readAgain);
    }
    return looks;
  }

  private org.eclipse.jetty.server.Handler api(ServerSettings settings) {
    Api routes =
        Api.of(
            new ServicesApi(sandbox, settings.uploadBytes(), settings.patience()),
            new RoomsApi(rooms, settings.messageBytes(), settings.patience()),
            new RoomContentsApi(sandbox.operator().inspection()),
            new RecordingsApi(sandbox),
            new TermsApi(sandbox.operator()),
            new SourceMapsApi(sandbox, settings.uploadBytes(), settings.patience()),
            new EventsApi(feed),
            new HooksApi(hookCounts),
            new ServerApi(
                sandbox,
                this::usage,
                this::loops,
                () -> Optional.ofNullable(metering).map(Metering::report)));
    return new TokenRequired(
        routes, Answer.API, tokens, new Origins(settings.origins()), Answer::refusal);
  }

  /**
   * None of them waits for anything, so a few are enough; and what a rush has started is gone soon
   * after it.
   */
  private static QueuedThreadPool threads() {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
    threads.setName("server");
    threads.setIdleTimeout((int) THREADS_IDLE.toMillis());
    threads.setMaxEvictCount(MAX_THREADS);
    return threads;
  }

  private static ServerConnector connector(
      org.eclipse.jetty.server.Server jetty,
      ServerSettings settings,
      @Nullable TlsCertificate tls) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setUriCompliance(ProperPaths.COMPLIANCE);
    http.addCustomizer(new ForwardedRequests(settings.access().proxies()));
    HttpConnectionFactory overHttp = new HttpConnectionFactory(http);
    ServerConnector connector =
        tls == null
            ? new ServerConnector(jetty, overHttp)
            : new ServerConnector(jetty, tls.context(), overHttp);
    connector.setHost(settings.host());
    connector.setPort(settings.port());
    connector.setAcceptedReceiveBufferSize(RECEIVE_BUFFER);
    connector.setAcceptQueueSize(ACCEPT_QUEUE);
    return connector;
  }

  /** The sandbox inside. */
  public Sandbox sandbox() {
    return sandbox;
  }

  /** Where the page is, as seen from this machine. Known once the server listens. */
  public URI uri() {
    return ReachableAt.root(tls == null ? "http" : "https", connector);
  }

  /** Whether others than this machine reach it, at all of its addresses. */
  boolean listensEverywhere() {
    return ReachableAt.isEverywhere(connector);
  }

  /** How many connections are in rooms, or on their way in or out. */
  public int connections() {
    return rooms.connections();
  }

  /** What each loop has done since the server began. */
  public List<LoopStatistics> loops() {
    return loops.statistics();
  }

  /** How many hooks have not returned, though their loops have gone on. */
  public int overstaying() {
    return loops.overstaying();
  }

  /** How much is in use of what all connections share, by the setting that limits it. */
  public Map<String, Usage> usage() {
    Map<String, Usage> usage = new TreeMap<>(rooms.usage());
    usage.put("connections", new Usage(limits.open(), limits.most()));
    Operator.KeptCode code = sandbox.operator().keptCode();
    usage.put("codeBytes", new Usage(code.bytes(), code.maxBytes()));
    usage.put(
        "recordedBytes",
        new Usage(sandbox.operator().recordedBytes(), sandbox.operator().recordedBytesLimit()));
    return usage;
  }

  /**
   * Where it says how it is, as seen from this machine; empty without {@code
   * sandbox.server.management.port}. Known once the server listens.
   */
  public Optional<URI> managementUri() {
    return Optional.ofNullable(management).map(ManagementServer::uri);
  }

  /**
   * Says that it is not ready any more, closes all connections with 1001, lets each leave its room,
   * and stops. Waits for that, and for hooks that are under way then, no longer than {@code
   * sandbox.server.shutdown} together. Idempotent.
   */
  @Override
  public void close() {
    long begin = System.nanoTime();
    stops = true;
    watchedFiles.close();
    joinPolicy.close();
    feed.close();
    rooms.close();
    try {
      jetty.stop();
    } catch (Exception e) {
      log.warn("the server did not stop cleanly", e);
    }
    Duration left = shutdown.minusNanos(System.nanoTime() - begin);
    sandbox.close(left.isNegative() ? Duration.ZERO : left);
    loops.close();
    if (meteringFile != null) {
      meteringFile.close(); // all that could still be added up has been
    }
    if (tracing != null) {
      tracing.close(); // all that could still be followed has ended
    }
    if (management != null) {
      management.close();
    }
    if (metrics != null) {
      metrics.close();
    }
  }
}
