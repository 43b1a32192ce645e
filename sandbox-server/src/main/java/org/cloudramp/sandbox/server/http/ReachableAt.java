package org.cloudramp.sandbox.server.http;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import org.eclipse.jetty.server.ServerConnector;

/** Where a connector that listens is reached. */
public final class ReachableAt {
  private ReachableAt() {}

  /**
   * Its root, as seen from this machine.
   *
   * @param scheme that it speaks
   */
  public static URI root(String scheme, ServerConnector connector) {
    return URI.create("%s://%s:%d/".formatted(scheme, host(connector), connector.getLocalPort()));
  }

  private static String host(ServerConnector connector) {
    String host = connector.getHost();
    if (host.equals("127.0.0.1") || isEverywhere(connector)) {
      return "localhost";
    }
    return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  /** Whether others than this machine reach it, at all of its addresses. */
  public static boolean isEverywhere(ServerConnector connector) {
    try {
      return InetAddress.getByName(connector.getHost()).isAnyLocalAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("it listens at an address that is none", e);
    }
  }
}
