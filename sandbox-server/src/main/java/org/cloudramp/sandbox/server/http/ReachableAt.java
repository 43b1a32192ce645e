package org.cloudramp.sandbox.server.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/** Where a connector is reached, or why it is not. */
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

  /**
   * What to tell whoever wants it to listen where it cannot.
   *
   * @param settings those that say where, for the message
   * @param failure Jetty's own, which repeats the address; its cause says what is wrong with it
   */
  public static ConfigurationException cannotListen(
      ServerConnector connector, String settings, IOException failure) {
    return new ConfigurationException(
        "cannot listen at %s:%d (%s): %s; port 0 is any that is free"
            .formatted(connector.getHost(), connector.getPort(), settings, reason(failure)),
        failure);
  }

  private static @Nullable String reason(IOException failure) {
    if (failure.getCause() instanceof UnresolvedAddressException) {
      return "there is no such host";
    }
    return failure.getCause() == null ? failure.getMessage() : failure.getCause().getMessage();
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
