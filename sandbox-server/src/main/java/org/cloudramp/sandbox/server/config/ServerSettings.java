package org.cloudramp.sandbox.server.config;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.cloudramp.sandbox.core.SettingsSection;
import org.cloudramp.sandbox.server.rate.RateSettings;

/**
 * The settings {@code sandbox.server.*}; each is named as its component. Sizes are in bytes.
 *
 * @param host the address to listen at; the default is reached from this machine only
 * @param port to listen at; 0 for any that is free
 * @param hosts names by which the server is asked for besides those of the loopback address, such
 *     as {@code example.org}; a {@code *} is any
 * @param origins of pages that may open WebSockets besides those this server serves, such as {@code
 *     https://example.org}; a {@code *} allows all
 * @param subprotocols that rooms speak; without one that a client offers, it is told of none
 * @param connections that are open at a time, of any kind; for one more the one makes room that has
 *     waited longest for a request, or it is closed when it is accepted
 * @param connectionsPerAddress of these; 0 for as many as there may be at all. Those of this
 *     machine are not counted
 * @param awaySessions sessions that may stay in their rooms without a socket at a time; one more
 *     leaves at once
 * @param messageBytes of one incoming message, all its frames together; more closes with 1009
 * @param unfinishedBytes of the messages of all connections that have not ended yet, or wait for a
 *     place within {@code queuedBytes}; more closes with 1013 the one that was begun first, of the
 *     service that has most of them
 * @param queuedBytes of the messages of all connections that wait in rooms; a service that holds as
 *     much as is free is not read from until some of its messages have run
 * @param uploadBytes of one uploaded module; more is answered with 413
 * @param outgoingBytes that may wait to be sent to all connections, answers to requests included;
 *     more closes with 1013 the one that holds most, of the service that holds most
 * @param outgoingBytesPerConnection that may wait to be sent to one; more closes it with 1013
 * @param outgoingMessagesPerConnection that may wait to be sent to one; more closes it with 1013
 * @param inFlight messages of one connection that may wait in its room; the server reads no more of
 *     them until one has run, so that one sender cannot fill the queue of a room
 * @param patience how long a connection may be behind with receiving, how long a message may take
 *     from its first frame to its last, and how long it may wait for a place in the full queue of
 *     its room, before the connection is closed
 * @param ping after how much silence of a client, at most, it is asked whether it is still there;
 *     it is closed after as much silence again, whatever is sent to it meanwhile
 * @param delivery where the hooks of rooms run
 * @param loops threads that carry the connections; each room is on one of them
 * @param rehearsal how long the command that starts a server has it practise letting people in, at
 *     most, before it says that it is ready; zero for not at all
 * @param pages for people that are served
 * @param shutdown how long the server waits for {@code onLeave} of all connections when it stops
 * @param rates how fast clients may ask for things
 * @param access who may change something
 * @param management where it says how it is
 * @param metering what is added up of services
 * @param tracing which calls are followed, and who is told
 */
public record ServerSettings(
    String host,
    int port,
    Set<String> hosts,
    Set<String> origins,
    Subprotocols subprotocols,
    int connections,
    int connectionsPerAddress,
    int awaySessions,
    int messageBytes,
    int unfinishedBytes,
    int queuedBytes,
    int uploadBytes,
    int outgoingBytes,
    int outgoingBytesPerConnection,
    int outgoingMessagesPerConnection,
    int inFlight,
    Duration patience,
    Duration ping,
    Delivery delivery,
    int loops,
    Duration rehearsal,
    ServedPages pages,
    Duration shutdown,
    RateSettings rates,
    AccessSettings access,
    ManagementSettings management,
    MeteringSettings metering,
    TracingSettings tracing) {
  static final String PREFIX = "server.";

  private static final int HEAP_OF_CONNECTION = 64 << 10;
  private static final int MIN_BUDGET = 8 << 20;

  private static final Setting<String> HOST =
      Setting.text(
          "host",
          "127.0.0.1",
          "the address to listen at; the default is reached from this machine only");
  static final Setting<Integer> PORT =
      Setting.integer(
          "port",
          8080,
          0,
          65_535,
          "where to listen; 0 for any that is free. Without it, the environment variable `PORT` counts");
  private static final Setting<List<String>> ORIGINS =
      Setting.names(
              "origins",
              "pages that may open WebSockets besides those that this server serves, such as `https://example.org`; `*` for all")
          .otherwise("the server's own");
  private static final Setting<List<String>> HOSTS =
      Setting.names(
          "hosts",
          "names by which the server is asked for, besides `localhost` and the address itself; `*` for any: [see below](#names)");
  private static final Setting<List<String>> SUBPROTOCOLS =
      Setting.names(
          "subprotocols",
          "WebSocket subprotocols that rooms speak, such as `json.v1`, or `chat/json.v1` for the rooms of one service: [see below](#subprotocols)");
  private static final Setting<Integer> CONNECTIONS =
      Setting.integer(
              "connections",
              0,
              1,
              Integer.MAX_VALUE,
              "that are open at a time, of any kind; for one more the one makes room that has waited longest for a request, or it is closed at once: [see below](#connections)")
          .otherwise("one for each 64 KiB of the heap, and fewer than the process may open files");
  private static final Setting<Integer> CONNECTIONS_PER_ADDRESS =
      Setting.integer(
              "connectionsPerAddress",
              0,
              0,
              Integer.MAX_VALUE,
              "from one address; those of this machine and of `proxies` are not counted. 0 for as many as there may be: [behind a proxy](#behind-a-proxy)")
          .otherwise("a quarter of `connections`");
  private static final Setting<Integer> AWAY_SESSIONS =
      Setting.integer(
              "awaySessions",
              0,
              1,
              Integer.MAX_VALUE,
              "sessions that may stay in their rooms without a socket at a time, of which a service has as many as are free besides; one more leaves at once")
          .otherwise("a quarter of `connections`");
  // 64 KiB for the user, and some for the names and braces a page wraps around it.
  private static final Setting<Integer> MESSAGE_BYTES =
      Setting.size(
          "messageBytes",
          65 << 10,
          "of one incoming message; a larger one closes its connection with 1009");
  private static final Setting<Integer> UNFINISHED_BYTES =
      Setting.size(
              "unfinishedBytes",
              0,
              "of messages that have not ended yet, or wait for a place in `queuedBytes`, of all connections; beyond it the one begun first is closed with 1013, of the service that has most")
          .otherwise("1/32 of the heap, at least 4 MiB");
  private static final Setting<Integer> QUEUED_BYTES =
      Setting.size(
              "queuedBytes",
              0,
              "of messages that wait in rooms, of all connections; a service that holds as much as is free is not read from until some have run")
          .otherwise("a sixteenth of the heap, at least 8 MiB");
  private static final Setting<Integer> UPLOAD_BYTES =
      Setting.size(
          "uploadBytes", 4 << 20, "of one uploaded module; a larger one is answered with 413");
  private static final Setting<Integer> OUTGOING_BYTES =
      Setting.size(
              "outgoingBytes",
              0,
              "that may wait to be sent, to all connections, answers to requests included; beyond it the one that holds most is closed with 1013, of the service that holds most")
          .otherwise("an eighth of the heap, at least 8 MiB");
  private static final Setting<Integer> OUTGOING_BYTES_PER_CONNECTION =
      Setting.size(
          "outgoingBytesPerConnection",
          1 << 20,
          "that may wait to be sent to one connection; more closes it with 1013");
  private static final Setting<Integer> OUTGOING_MESSAGES_PER_CONNECTION =
      Setting.integer(
          "outgoingMessagesPerConnection",
          4_096,
          1,
          Integer.MAX_VALUE,
          "that may wait to be sent to one connection; more closes it with 1013");
  private static final Setting<Integer> IN_FLIGHT =
      Setting.integer(
          "inFlight",
          64,
          1,
          Integer.MAX_VALUE,
          "messages of one connection that may wait in its room");
  private static final Setting<Duration> PATIENCE =
      Setting.duration(
          "patience",
          Duration.ofSeconds(10),
          "how long a connection or a queue may be behind, and a message may take from its first frame to its last");
  private static final Setting<Duration> PING =
      Setting.duration(
          "ping",
          Duration.ofSeconds(30),
          "silence after which a connection is asked whether it is there");
  private static final Setting<String> DELIVERY =
      Setting.choice(
          "delivery",
          List.of("loop", "workers"),
          "where hooks run: on the loop of their room as long as they are short, or always on `workers`: [see below](#delivery)");
  private static final Setting<Integer> LOOPS =
      Setting.integer(
              "loops",
              0,
              1,
              256,
              "threads that carry the connections; each room is on one of them: [see below](#delivery)")
          .otherwise("the number of processors");
  private static final Setting<Duration> REHEARSAL =
      Setting.duration(
          "rehearsal",
          Duration.ofSeconds(3),
          "how long visitors come to a server that rehearses before it says that it is ready; `0s` for not at all: [see below](#rehearsal)");
  private static final Setting<String> PAGES =
      Setting.choice(
          "pages",
          List.of("monitor", "playground", "none"),
          "which pages for people are served: `monitor` at `/monitor`, `playground` for that one and [the playground](#pages) at `/`");
  private static final Setting<Duration> SHUTDOWN =
      Setting.duration(
          "shutdown",
          Duration.ofSeconds(10),
          "how long stopping waits for `onLeave` of all connections, and for hooks that are under way");

  private static final List<Setting<?>> OWN =
      List.of(
          HOST,
          PORT,
          HOSTS,
          ORIGINS,
          SUBPROTOCOLS,
          CONNECTIONS,
          CONNECTIONS_PER_ADDRESS,
          AWAY_SESSIONS,
          MESSAGE_BYTES,
          UNFINISHED_BYTES,
          QUEUED_BYTES,
          UPLOAD_BYTES,
          OUTGOING_BYTES,
          OUTGOING_BYTES_PER_CONNECTION,
          OUTGOING_MESSAGES_PER_CONNECTION,
          IN_FLIGHT,
          PATIENCE,
          PING,
          DELIVERY,
          LOOPS,
          REHEARSAL,
          PAGES,
          SHUTDOWN);

  private static final List<Setting<?>> DECLARED =
      Stream.of(
              OWN,
              RateSettings.DECLARED,
              AccessSettings.DECLARED,
              ManagementSettings.DECLARED,
              MeteringSettings.DECLARED,
              TracingSettings.DECLARED)
          .<Setting<?>>flatMap(List::stream)
          .toList();

  /** Copies the sets. */
  public ServerSettings {
    hosts = Set.copyOf(hosts);
    origins = Set.copyOf(origins);
    for (Duration duration : List.of(patience, ping, shutdown)) {
      if (duration.isZero() || duration.isNegative()) {
        throw new ConfigurationException(
            "sandbox.server.patience, ping and shutdown must be longer than nothing");
      }
    }
    rates.requireRoomFor(messageBytes);
    if (outgoingBytes < outgoingBytesPerConnection) {
      throw new ConfigurationException(
          "sandbox.server.outgoingBytes is for all connections together; it is %d, and sandbox.server.outgoingBytesPerConnection allows %d to one"
              .formatted(outgoingBytes, outgoingBytesPerConnection));
    }
  }

  /** All of them. */
  public static SettingsSection declared() {
    return new SettingsSection(PREFIX, DECLARED);
  }

  /** The settings of a server that sets none. */
  public static ServerSettings defaults() {
    return read(new PluginSettings("sandbox." + PREFIX, Map.of()));
  }

  /**
   * Reads settings.
   *
   * @throws ConfigurationException if one reads wrong
   */
  static ServerSettings read(PluginSettings settings) {
    int connections = CONNECTIONS.readOr(settings, defaultConnections());
    int outgoingOfOne = OUTGOING_BYTES_PER_CONNECTION.read(settings);
    return new ServerSettings(
        HOST.read(settings),
        PORT.read(settings),
        Set.copyOf(HOSTS.read(settings)),
        Set.copyOf(ORIGINS.read(settings)),
        new Subprotocols(Set.copyOf(SUBPROTOCOLS.read(settings))),
        connections,
        CONNECTIONS_PER_ADDRESS.readOr(settings, Math.max(1, connections / 4)),
        AWAY_SESSIONS.readOr(settings, Math.max(1, connections / 4)),
        MESSAGE_BYTES.read(settings),
        UNFINISHED_BYTES.readOr(settings, Math.max(MIN_BUDGET / 2, partOfHeap(32))),
        QUEUED_BYTES.readOr(settings, Math.max(MIN_BUDGET, partOfHeap(16))),
        UPLOAD_BYTES.read(settings),
        OUTGOING_BYTES.readOr(
            settings, Math.max(outgoingOfOne, Math.max(MIN_BUDGET, partOfHeap(8)))),
        outgoingOfOne,
        OUTGOING_MESSAGES_PER_CONNECTION.read(settings),
        IN_FLIGHT.read(settings),
        PATIENCE.read(settings),
        PING.read(settings),
        Delivery.valueOf(DELIVERY.read(settings).toUpperCase(Locale.ROOT)),
        LOOPS.readOr(settings, Runtime.getRuntime().availableProcessors()),
        REHEARSAL.read(settings),
        ServedPages.valueOf(PAGES.read(settings).toUpperCase(Locale.ROOT)),
        SHUTDOWN.read(settings),
        RateSettings.read(settings),
        AccessSettings.read(settings),
        ManagementSettings.read(settings),
        MeteringSettings.read(settings),
        TracingSettings.read(settings));
  }

  /**
   * With 1/32 there is place for hundreds of the largest messages even in a small heap. With more,
   * the budgets together would leave too little of it to guests; and whatever waits is copied by
   * collections twice, in which all others wait.
   */
  private static int partOfHeap(int part) {
    return (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / part);
  }

  /**
   * An idle connection takes some 2 KiB, one whose request has not ended 12, so that all take no
   * more than a fifth of the heap. And a server that has no descriptor left for its store is of no
   * use.
   */
  private static int defaultConnections() {
    long byHeap = Runtime.getRuntime().maxMemory() / HEAP_OF_CONNECTION;
    long byDescriptors =
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
            ? unix.getMaxFileDescriptorCount() * 3 / 4
            : Long.MAX_VALUE;
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE, Math.min(byHeap, byDescriptors)));
  }
}
