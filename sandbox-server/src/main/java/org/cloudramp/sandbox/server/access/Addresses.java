package org.cloudramp.sandbox.server.access;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** Where requests come from. */
public final class Addresses {
  private static final int BYTES_OF_NETWORK = 8;

  private Addresses() {}

  /** The address of a client; null if it is not known any more. */
  static @Nullable InetAddress client(Request request) {
    return request.getConnectionMetaData().getRemoteSocketAddress()
            instanceof InetSocketAddress remote
        ? remote.getAddress()
        : null;
  }

  /**
   * What stands for the address of a request's client wherever something is counted by address;
   * null if it is not counted.
   */
  public static @Nullable Object counted(Request request) {
    return counted(client(request));
  }

  /**
   * The same of an address: of IPv6 its first 64 bits, because whoever has one of these has all;
   * null for this machine's own.
   */
  static @Nullable Object counted(@Nullable InetAddress address) {
    if (address == null || address.isLoopbackAddress()) {
      return null;
    }
    return address instanceof Inet6Address
        ? ByteBuffer.wrap(address.getAddress(), 0, BYTES_OF_NETWORK).slice()
        : address;
  }

  /** The address of a client, for people; an address and never a name. */
  static String of(Request request) {
    InetAddress client = client(request);
    return client == null ? "an unknown address" : client.getHostAddress();
  }
}
