package org.cloudramp.sandbox.server.access;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Which pages may talk to this server. Browsers let any page open a WebSocket to anywhere, and say
 * in the header {@code Origin} which page it is; other clients send none, and may. Immutable.
 */
public final class Origins {
  private static final String ALL = "*";

  private final Set<String> allowed;

  /**
   * @param allowed origins such as {@code https://example.org}, besides the server's own; a {@code
   *     *} allows all
   */
  public Origins(Set<String> allowed) {
    this.allowed = Set.copyOf(allowed);
  }

  /** Whether the page that a request comes from, if any, may make it. */
  public boolean allow(Request request) {
    return allowed.contains(ALL) || isOwn(request) || allowed.contains(origin(request));
  }

  /** Whether a request comes from a page of this server, or from no page. */
  private static boolean isOwn(Request request) {
    if (!request.getHeaders().contains(HttpHeader.ORIGIN)) {
      return true;
    }
    String host = request.getHeaders().get(HttpHeader.HOST);
    try {
      // The scheme is not compared: behind a proxy the page comes over https, and this request not.
      String authority = new URI(origin(request)).getAuthority();
      return host != null
          && authority != null
          && authority.toLowerCase(Locale.ROOT).equals(host.toLowerCase(Locale.ROOT));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static String origin(Request request) {
    String origin = request.getHeaders().get(HttpHeader.ORIGIN);
    return origin == null ? "" : origin;
  }
}
