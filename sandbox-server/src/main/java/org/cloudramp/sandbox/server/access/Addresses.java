package org.cloudramp.sandbox.server.access;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Where requests come from. */
final class Addresses {
  private Addresses() {}

  /** The address of a client; null if it is not known any more. */
  static @Nullable InetAddress client(Request request) {
    return request.getConnectionMetaData().getRemoteSocketAddress()
            instanceof InetSocketAddress remote
        ? remote.getAddress()
        : null;
  }

  /** The address of a client, for people; an address and never a name. */
  static String of(Request request) {
    InetAddress client = client(request);
    return client == null ? "an unknown address" : client.getHostAddress();
  }
}
