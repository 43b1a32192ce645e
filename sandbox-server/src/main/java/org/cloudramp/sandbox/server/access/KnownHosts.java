package org.cloudramp.sandbox.server.access;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Answers only requests that ask for this server by a name it has.
 *
 * <p>A page of {@code evil.example} may make its own name lead to this machine. Its requests then
 * come from a browser here, and their {@code Origin} and {@code Host} are the same, as if the page
 * were this server's own. All that gives it away is the name, so a name that is not known is
 * refused, whatever is asked for.
 *
 * <p>Known are the names of the loopback address, the address at which a request has arrived, the
 * hosts of {@code sandbox.server.origins}, and {@code sandbox.server.hosts}. A server that listens
 * at other addresses than the loopback one and is given no hosts answers to every name: it is there
 * for everybody, and a stranger's page gains nothing by another name for it.
 */
public final class KnownHosts extends Handler.Wrapper {
  private static final String ALL = "*";
  private static final List<String> LOOPBACK_NAMES = List.of("localhost", "127.0.0.1", "[::1]");

  private final Set<String> known;
  private final boolean answersToAll;
  private final Refusal notKnown;

  /**
   * @param listensAt the address of the server, as its settings name it
   * @param hosts names by which it is asked for, such as {@code example.org}; a {@code *} is any
   * @param origins of pages that may open rooms; their hosts are known as well
   */
  public KnownHosts(
      Handler handler, String listensAt, Set<String> hosts, Set<String> origins, Refusal notKnown) {
    super(handler);
    this.known = new HashSet<>(LOOPBACK_NAMES);
    this.notKnown = notKnown;
    Stream.concat(hosts.stream(), origins.stream().map(KnownHosts::hostOf))
        .map(host -> host.toLowerCase(Locale.ROOT))
        .forEach(known::add);
    this.answersToAll = hosts.contains(ALL) || (hosts.isEmpty() && !isLoopback(listensAt));
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (answersToAll || isKnown(request)) {
      return super.handle(request, response, callback);
    }
    notKnown.answer(
        request,
        response,
        callback,
        HttpStatus.FORBIDDEN_403,
        "this server is not known by the name in the header Host; its operator can add names in"
            + " sandbox.server.hosts");
    return true;
  }

  private boolean isKnown(Request request) {
    // Without the header there is no name to be deceived by: no browser leaves it out.
    if (!request.getHeaders().contains(HttpHeader.HOST)) {
      return true;
    }
    String host = Request.getServerName(request);
    if (host == null) {
      return false;
    }
    String name = host.toLowerCase(Locale.ROOT);
    // A name may end with the dot of the root.
    return known.contains(name.endsWith(".") ? name.substring(0, name.length() - 1) : name)
        || name.equals(addressOf(request));
  }

  /** The address at which a request has arrived, as a URL writes it. */
  private static String addressOf(Request request) {
    return request.getConnectionMetaData().getLocalSocketAddress()
            instanceof InetSocketAddress local
        ? inUrl(local.getAddress())
        : "";
  }

  private static String inUrl(InetAddress address) {
    String text = address.getHostAddress();
    return text.contains(":") ? "[" + text + "]" : text;
  }

  private static String hostOf(String origin) {
    try {
      String host = new URI(origin).getHost();
      return host == null ? "" : host;
    } catch (URISyntaxException e) {
      return ""; // such as "*"
    }
  }

  private static boolean isLoopback(String address) {
    try {
      return InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false; // the server says so when it tries to listen there
    }
  }
}
