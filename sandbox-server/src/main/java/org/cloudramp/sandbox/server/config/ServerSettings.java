package org.cloudramp.sandbox.server.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;

/**
 * The settings {@code sandbox.server.*}; each is named as its component. Sizes are in bytes.
 *
 * @param host the address to listen at; the default is reached from this machine only
 * @param port to listen at; 0 for any that is free
 * @param hosts names by which the server is asked for besides those of the loopback address, such
 *     as {@code example.org}; a {@code *} is any
 * @param origins of pages that may open WebSockets besides those this server serves, such as {@code
 *     https://example.org}; a {@code *} allows all
 * @param messageBytes of one incoming message, all its frames together; more closes with 1009
 * @param unfinishedBytes of the messages of all connections that have not ended yet; more closes
 *     with 1013 the one that was begun first, of the service that has most of them
 * @param uploadBytes of one uploaded module; more is answered with 413
 * @param outgoingBytes that may wait to be sent to one connection; more closes with 1013
 * @param outgoingMessages that may wait to be sent to one connection; more closes with 1013
 * @param inFlight messages of one connection that may wait in its room; the server reads no more of
 *     them until one has run, so that one sender cannot fill the queue of a room
 * @param patience how long a connection may be behind with receiving, how long a message may take
 *     from its first frame to its last, and how long it may wait for a place in the full queue of
 *     its room, before the connection is closed
 * @param ping after how much silence of a client, at most, it is asked whether it is still there;
 *     it is closed after as much silence again, whatever is sent to it meanwhile
 * @param shutdown how long the server waits for {@code onLeave} of all connections when it stops
 */
public record ServerSettings(
    String host,
    int port,
    Set<String> hosts,
    Set<String> origins,
    int messageBytes,
    int unfinishedBytes,
    int uploadBytes,
    int outgoingBytes,
    int outgoingMessages,
    int inFlight,
    Duration patience,
    Duration ping,
    Duration shutdown) {
  static final String PREFIX = "server.";

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
  }

  /** The settings of a server that sets none. */
  public static ServerSettings defaults() {
    return read(Map.of());
  }

  /**
   * Reads settings, named without {@code sandbox.server.}.
   *
   * @throws ConfigurationException if one reads wrong or is unknown
   */
  static ServerSettings read(Map<String, String> values) {
    PluginSettings settings = new PluginSettings("sandbox." + PREFIX, values);
    ServerSettings read =
        new ServerSettings(
            settings.text("host").orElse("127.0.0.1"),
            settings.integer("port", 8080, 0, 65_535),
            list(settings, "hosts"),
            list(settings, "origins"),
            // 64 KiB for the user, and some for the names and braces a page wraps around it.
            settings.size("messageBytes", 65 << 10),
            settings.size("unfinishedBytes", defaultUnfinishedBytes()),
            settings.size("uploadBytes", 4 << 20),
            settings.size("outgoingBytes", 1 << 20),
            settings.integer("outgoingMessages", 4_096, 1, Integer.MAX_VALUE),
            settings.integer("inFlight", 64, 1, Integer.MAX_VALUE),
            settings.duration("patience", Duration.ofSeconds(10)),
            settings.duration("ping", Duration.ofSeconds(30)),
            settings.duration("shutdown", Duration.ofSeconds(10)));
    for (String unread : settings.unread()) {
      throw settings.unknown(unread);
    }
    return read;
  }

  /** A sixteenth of the heap: hundreds of the largest messages at once even in a small one. */
  private static int defaultUnfinishedBytes() {
    return (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 16);
  }

  private static Set<String> list(PluginSettings settings, String name) {
    return Set.copyOf(
        Stream.of(settings.text(name).orElse("").split(","))
            .map(String::strip)
            .filter(item -> !item.isEmpty())
            .toList());
  }
}
