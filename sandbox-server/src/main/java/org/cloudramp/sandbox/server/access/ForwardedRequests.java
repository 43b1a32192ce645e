package org.cloudramp.sandbox.server.access;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;

/**
 * Gives requests that come through named proxies the address of their client. From everybody else
 * {@code X-Forwarded-For} is a header like any other, which nobody reads.
 */
public final class ForwardedRequests implements HttpConfiguration.Customizer {
  private static final String ATTRIBUTE = ForwardedRequests.class.getName();

  private final Proxies proxies;

  /**
   * @param proxies whose word is taken
   */
  public ForwardedRequests(Proxies proxies) {
    this.proxies = proxies;
  }

  @Override
  public Request customize(Request request, HttpFields.Mutable responseHeaders) {
    if (!(request.getConnectionMetaData().getRemoteSocketAddress()
            instanceof InetSocketAddress remote)
        || remote.isUnresolved()
        || !proxies.include(remote.getAddress())) {
      return request;
    }
    List<String> forwardedFor = request.getHeaders().getValuesList(HttpHeader.X_FORWARDED_FOR);
    InetAddress client = proxies.client(remote.getAddress(), forwardedFor);
    // The port is the proxy's, and says nothing of the client.
    InetSocketAddress address = new InetSocketAddress(client, 0);
    request.setAttribute(ATTRIBUTE, client);
    ConnectionMetaData connection = new OfClient(request.getConnectionMetaData(), address);
    return new Request.Wrapper(request) {
      @Override
      public ConnectionMetaData getConnectionMetaData() {
        return connection;
      }
    };
  }

  /** Whether a request has come through one of the proxies. */
  static boolean isForwarded(Request request) {
    return request.getAttribute(ATTRIBUTE) != null;
  }

  private static final class OfClient extends ConnectionMetaData.Wrapper {
    private final SocketAddress client;

    OfClient(ConnectionMetaData connection, SocketAddress client) {
      super(connection);
      this.client = client;
    }

    @Override
    public SocketAddress getRemoteSocketAddress() {
      return client;
    }
  }
}
