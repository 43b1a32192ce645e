package org.cloudramp.sandbox.kv.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterURIUtil;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;

/**
 * Where Redis is, as the setting {@code uri} says.
 *
 * @param nodes one, or for a Cluster one or several to begin with
 * @param isCluster whether it is a Cluster
 */
record RedisAddress(List<RedisURI> nodes, boolean isCluster) {
  private static final String EXPECTED =
      "redis://[user:password@]host[:port][/database], rediss:// for TLS, "
          + "redis-sentinel://host[:port],host[:port]#name or redis-cluster://host[:port],host[:port]";

  /** What a user and a password may consist of in a URI. */
  private static final Pattern ENCODED =
      Pattern.compile("(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*");

  private static final Pattern IP6 =
      Pattern.compile("\\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%.*)?]?");

  static final Setting<String> URI_SETTING =
      Setting.requiredText(
              "uri",
              "`redis://[user:password@]host[:port][/database]`, `redis-sentinel://host,host#name` or `redis-cluster://host,host`; with `rediss` for TLS")
          .secret();

  RedisAddress {
    nodes = List.copyOf(nodes);
  }

  /**
   * Reads the setting.
   *
   * @param timeout how long each command and each attempt to connect may take
   * @throws ConfigurationException if there is none, or it cannot be understood. The message does
   *     not repeat the text: there may be a password in it.
   */
  static RedisAddress from(PluginSettings settings, Duration timeout) {
    String text = URI_SETTING.read(settings);
    requireEncoded(settings, text);
    boolean isCluster = text.startsWith("redis-cluster://") || text.startsWith("rediss-cluster://");
    try {
      List<RedisURI> nodes =
          isCluster
              ? RedisClusterURIUtil.toRedisURIs(URI.create(text.replaceFirst("-cluster", "")))
              : List.of(RedisURI.create(text));
      nodes.forEach(node -> node.setTimeout(timeout));
      nodes.forEach(node -> node.getSentinels().forEach(s -> s.setTimeout(timeout)));
      nodes.forEach(RedisAddress::requireHosts);
      return new RedisAddress(nodes, isCluster);
    } catch (IllegalArgumentException | NullPointerException e) {
      // The cause stays out of it as well: it quotes the text.
      throw settings.wrong(URI_SETTING.name(), "(not shown)", EXPECTED);
    }
  }

  /**
   * A password with {@code @} or {@code #} would end too early, and its rest would be looked up as
   * a host, and named in errors.
   */
  private static void requireEncoded(PluginSettings settings, String text) {
    String afterScheme = text.substring(text.indexOf("://") < 0 ? 0 : text.indexOf("://") + 3);
    int end = afterScheme.lastIndexOf('@');
    if (end >= 0 && !ENCODED.matcher(afterScheme.substring(0, end)).matches()) {
      throw settings.wrong(
          URI_SETTING.name(),
          "(not shown)",
          "percent-encoded: in a user and a password, write %40 for @, %23 for #, %2F for /, %3F for ?, %5B for [, %20 for a blank and %25 for %; "
              + EXPECTED);
    }
  }

  /**
   * Where the host was forgotten, as in {@code redis://user:password}, or a port is no number, the
   * client takes it all for a host, which would be looked up, and named in errors.
   */
  private static void requireHosts(RedisURI node) {
    String host = node.getHost();
    if (host != null && host.indexOf(':') >= 0 && !IP6.matcher(host).matches()) {
      throw new IllegalArgumentException();
    }
    node.getSentinels().forEach(RedisAddress::requireHosts);
  }

  /** The hosts and ports, for messages. */
  @Override
  public String toString() {
    return nodes.stream().map(RedisAddress::describe).collect(Collectors.joining(","));
  }

  private static String describe(RedisURI node) {
    if (!node.getSentinels().isEmpty()) {
      return node.getSentinels().stream()
          .map(RedisAddress::describe)
          .collect(Collectors.joining(",", "sentinels ", " for " + node.getSentinelMasterId()));
    }
    return node.getSocket() != null ? node.getSocket() : node.getHost() + ":" + node.getPort();
  }
}
