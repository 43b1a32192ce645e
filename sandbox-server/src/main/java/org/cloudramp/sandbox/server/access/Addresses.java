package org.cloudramp.sandbox.server.access;

import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Request;

/** Where requests come from. */
final class Addresses {
  private Addresses() {}

  /** The address of a client, for people; an address and never a name. */
  static String of(Request request) {
    return request.getConnectionMetaData().getRemoteSocketAddress()
                instanceof InetSocketAddress remote
            && !remote.isUnresolved()
        ? remote.getAddress().getHostAddress()
        : "an unknown address";
  }
}
