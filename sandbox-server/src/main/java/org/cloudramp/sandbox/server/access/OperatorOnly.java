package org.cloudramp.sandbox.server.access;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.server.Request;

/**
 * Lets only programs of this machine pass: no other machine, directly or through a proxy that runs
 * here, and no page that a browser of this machine has loaded from elsewhere.
 */
public final class OperatorOnly {
  private static final List<String> LOOPBACK_NAMES = List.of("localhost", "127.0.0.1", "[::1]");
  private static final List<String> MARKS_OF_PROXIES =
      List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via");

  private OperatorOnly() {}

  /** Why a request may not pass; empty if it may. */
  public static Optional<String> refusal(Request request) {
    if (!isLoopback(request)) {
      return Optional.of("this is open to this machine only (a loopback address)");
    }
    if (MARKS_OF_PROXIES.stream().anyMatch(request.getHeaders()::contains)) {
      return Optional.of("this is open to this machine only, and the request came through a proxy");
    }
    // A page of evil.example whose name has been made to lead to 127.0.0.1 is of the same origin as
    // this server, as far as a browser can tell. But it cannot hide the name.
    String host = Request.getServerName(request);
    if (host == null || !LOOPBACK_NAMES.contains(host)) {
      return Optional.of("the header Host must name this machine as localhost");
    }
    if (!Origins.isOwn(request)) {
      return Optional.of("pages of other origins may not use this");
    }
    return Optional.empty();
  }

  private static boolean isLoopback(Request request) {
    return request.getConnectionMetaData().getRemoteSocketAddress()
            instanceof InetSocketAddress remote
        && !remote.isUnresolved()
        && remote.getAddress().isLoopbackAddress();
  }
}
