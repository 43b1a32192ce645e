package org.cloudramp.sandbox.kv.redis;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.error.ConfigurationException;

/**
 * What a server says of itself in {@code INFO server}.
 *
 * @param version such as {@code 7.0.15}
 * @param isCluster whether it is a node of a Cluster
 */
record ServerInfo(String version, boolean isCluster) {
  private static final int OLDEST_MAJOR = 7;
  private static final Pattern VERSION = Pattern.compile("(?m)^redis_version:((\\d{1,4})\\S*)");
  private static final Pattern CLUSTER = Pattern.compile("(?m)^redis_mode:cluster\\b");

  /**
   * Reads the answer and refuses a server that cannot run the commit script.
   *
   * @throws ConfigurationException if the server is older than 7.0, or does not say
   */
  static ServerInfo check(String where, String info) {
    Matcher version = VERSION.matcher(info);
    if (!version.find()) {
      throw new ConfigurationException(
          "the server at %s does not say which version of Redis it is; version %d.0 or later is needed"
              .formatted(where, OLDEST_MAJOR));
    }
    if (Integer.parseInt(version.group(2)) < OLDEST_MAJOR) {
      throw new ConfigurationException(
          "the server at %s is Redis %s; version %d.0 or later is needed"
              .formatted(where, version.group(1), OLDEST_MAJOR));
    }
    return new ServerInfo(version.group(1), CLUSTER.matcher(info).find());
  }
}
