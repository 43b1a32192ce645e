package org.cloudramp.sandbox.server.access;

import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.error.ConfigurationException;

/**
 * The proxies whose word is taken for where a request comes from. Immutable.
 *
 * @param networks in which they are
 */
public record Proxies(List<Network> networks) {
  /**
   * Proxies by their addresses and networks.
   *
   * @throws ConfigurationException if one is neither
   */
  public static Proxies of(Collection<String> entries) {
    try {
      return new Proxies(entries.stream().map(Network::parse).toList());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("setting 'sandbox.server.proxies': " + e.getMessage(), e);
    }
  }

  boolean include(InetAddress address) {
    return networks.stream().anyMatch(network -> network.contains(address));
  }

  /**
   * Whose request it is. Each proxy writes behind what it was sent from where it was sent, so only
   * the end is true: that which proxies of ours have written. The first address from the end that
   * is none of theirs is the client's, and what is in front of it anybody may have made up.
   *
   * @param peer at the other end of the connection
   * @param forwardedFor the content of {@code X-Forwarded-For}, all its lines in their order
   * @return the peer, if it is no proxy or says nothing that can be read
   */
  InetAddress client(InetAddress peer, List<String> forwardedFor) {
    InetAddress client = peer;
    String[] stations = String.join(",", forwardedFor).split(",", 0);
    for (int i = stations.length - 1; i >= 0 && include(client); i--) {
      Optional<InetAddress> station = Network.address(withoutPort(stations[i].strip()));
      if (station.isEmpty()) {
        return client;
      }
      client = station.get();
    }
    return client;
  }

  /** As some write it: {@code 203.0.113.7:4711}, {@code [2001:db8::1]:4711}. */
  private static String withoutPort(String station) {
    if (station.startsWith("[")) {
      int end = station.indexOf(']');
      return end < 0 ? station : station.substring(1, end);
    }
    int colon = station.indexOf(':');
    boolean only = colon >= 0 && colon == station.lastIndexOf(':');
    return only ? station.substring(0, colon) : station;
  }
}
