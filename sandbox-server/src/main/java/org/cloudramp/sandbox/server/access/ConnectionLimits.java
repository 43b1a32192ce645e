package org.cloudramp.sandbox.server.access;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.cloudramp.sandbox.server.observe.OncePerMinute;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.SelectorManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many connections are open at a time, of all and of each address, whatever they are for.
 * Thread-safe.
 *
 * <p>When all are taken, the one that has waited longest makes room: for its handshake of TLS to
 * end, for the head of its request to be whole, or for the next request; so does one that takes its
 * time to read a page. When an address has all that it may have, the one of that address that has
 * waited longest makes room. So those who open connections and say or read little in them keep
 * nobody out, not even others behind their own address. If none waits, the one more is closed as
 * soon as it is accepted, before a byte of it is read.
 *
 * <p>Connections of this machine and of named proxies count among all, but have no address: a proxy
 * brings everybody's. What a named one brings counts for its client: {@link ForwardedLimits}.
 * Addresses of IPv6 count by their first 64 bits, because whoever has one of them has all.
 */
public final class ConnectionLimits implements SelectorManager.AcceptListener, Connection.Listener {
  private static final Logger log = LoggerFactory.getLogger(ConnectionLimits.class);

  private final int most;
  private final int mostPerAddress;
  private final Proxies proxies;
  private final Duration young;
  private final String bound;
  private final LongSupplier ticker;
  private final OncePerMinute madeRoom = new OncePerMinute(log, System::nanoTime);
  private final OncePerMinute madeRoomAtAddress = new OncePerMinute(log, System::nanoTime);
  private final OncePerMinute tooMany = new OncePerMinute(log, System::nanoTime);
  private final OncePerMinute tooManyOfAddress = new OncePerMinute(log, System::nanoTime);

  // Guarded by this. What counts for an address has it as its value, others have null.
  private final IdentityHashMap<SelectableChannel, @Nullable Object> open = new IdentityHashMap<>();
  private final Map<Object, Integer> openPerAddress = new HashMap<>();

  // Guarded by this. The one that has waited longest is the first.
  private final LinkedHashMap<SelectableChannel, Waiting> waiting = new LinkedHashMap<>();

  /** A connection of which no request is known, or one for a page. */
  private record Waiting(EndPoint endPoint, long since) {}

  /** Of what there is one too many. */
  enum Bound {
    ALL,
    ADDRESS
  }

  /**
   * Nothing is open yet.
   *
   * @param most of all
   * @param mostPerAddress from one address; 0 for as many as there may be
   * @param proxies whose connections are others'
   * @param young how long one may wait before it makes room for another
   * @param bound where {@code most} comes from, for the log
   */
  public ConnectionLimits(
      int most, int mostPerAddress, Proxies proxies, Duration young, String bound) {
    this(most, mostPerAddress, proxies, young, bound, System::nanoTime);
  }

  ConnectionLimits(
      int most,
      int mostPerAddress,
      Proxies proxies,
      Duration young,
      String bound,
      LongSupplier ticker) {
    this.most = most;
    this.mostPerAddress = mostPerAddress;
    this.proxies = proxies;
    this.young = young;
    this.bound = bound;
    this.ticker = ticker;
  }

  /** How many are open. */
  public synchronized int open() {
    return open.size();
  }

  /** How many may be open. */
  public int most() {
    return most;
  }

  @Override
  public void onAccepting(SelectableChannel channel) {
    accept(channel, address(channel));
  }

  /**
   * Counts a connection, or closes it.
   *
   * @param address where it comes from; null if that is not known any more
   */
  void accept(SelectableChannel channel, @Nullable InetAddress address) {
    Optional<Bound> reached = admit(channel, address);
    if (reached.equals(Optional.of(Bound.ADDRESS)) && makeRoomAt(address)) {
      reached = admit(channel, address);
    }
    if (reached.equals(Optional.of(Bound.ALL)) && makeRoom()) {
      reached = admit(channel, address);
    }
    if (reached.isEmpty()) {
      return;
    }
    close(channel);
    if (reached.get() == Bound.ALL) {
      tooMany.warn(
          "a connection from {} was closed at once, because {} are open ({})",
          address,
          most,
          bound);
    } else {
      tooManyOfAddress.warn(
          "a connection from {} was closed at once, because {} from there are open (sandbox.server.connectionsPerAddress; behind a proxy, name it in sandbox.server.proxies)",
          address,
          mostPerAddress);
    }
  }

  /**
   * Counts a connection, unless it is one too many.
   *
   * @param address where it comes from; null if that is not known any more
   * @return what there is too much of
   */
  synchronized Optional<Bound> admit(SelectableChannel channel, @Nullable InetAddress address) {
    Object counted = address == null || proxies.include(address) ? null : counted(address);
    if (!increment(counted)) {
      return Optional.of(Bound.ADDRESS); // even if all are taken: it makes nobody give way
    }
    if (open.size() >= most) {
      decrement(counted);
      return Optional.of(Bound.ALL);
    }
    open.put(channel, counted);
    return Optional.empty();
  }

  /** Closes the connection that has waited longest, if that is long enough. */
  private boolean makeRoom() {
    Optional<EndPoint> closed = closeLongest(channel -> true);
    closed.ifPresent(
        each ->
            madeRoom.warn(
                "a connection from {} that asked for nothing was closed for another, because {} are open ({})",
                each.getRemoteSocketAddress(),
                most,
                bound));
    return closed.isPresent();
  }

  /** As above, of those of an address. */
  private boolean makeRoomAt(@Nullable InetAddress address) {
    Object counted = counted(address);
    Optional<EndPoint> closed = closeLongest(channel -> Objects.equals(counted, open.get(channel)));
    closed.ifPresent(
        each ->
            madeRoomAtAddress.warn(
                "a connection from {} that asked for nothing was closed for another from there, because {} are open (sandbox.server.connectionsPerAddress)",
                each.getRemoteSocketAddress(),
                mostPerAddress));
    return closed.isPresent();
  }

  /**
   * Closes that which has waited longest of some, if that is long enough. Looks at the others that
   * have waited longer, so at no more than there may be.
   *
   * @param which asked under the lock
   */
  private Optional<EndPoint> closeLongest(Predicate<SelectableChannel> which) {
    EndPoint longest = takeLongest(which);
    if (longest != null) {
      longest.close();
    }
    return Optional.ofNullable(longest);
  }

  private synchronized @Nullable EndPoint takeLongest(Predicate<SelectableChannel> which) {
    long now = ticker.getAsLong();
    for (Map.Entry<SelectableChannel, Waiting> each : waiting.entrySet()) {
      if (now - each.getValue().since() < young.toNanos()) {
        return null; // and all behind it have waited for less
      }
      if (which.test(each.getKey())) {
        EndPoint longest = each.getValue().endPoint();
        forget(each.getKey());
        return longest;
      }
    }
    return null;
  }

  /** It waits for its first request, and before that for its handshake if it speaks TLS. */
  @Override
  public void onOpened(Connection connection) {
    waits(connection.getEndPoint());
  }

  /** The connection has no request any more, and waits for one. */
  void waits(EndPoint of) {
    EndPoint endPoint = lowest(of);
    SelectableChannel channel = channel(endPoint);
    if (channel == null) {
      return;
    }
    synchronized (this) {
      if (open.containsKey(channel)) {
        waiting.putIfAbsent(channel, new Waiting(endPoint, ticker.getAsLong()));
      }
    }
  }

  /** The connection is asked for a page: it gives way as one that waits, but only from now on. */
  void asksForPage(EndPoint of) {
    asks(of);
    waits(of);
  }

  /** The connection has a request, or has become a WebSocket, and gives way to nobody. */
  void asks(EndPoint of) {
    SelectableChannel channel = channel(lowest(of));
    synchronized (this) {
      waiting.remove(channel);
    }
  }

  /** The channel of a connection, which may lie below TLS. */
  static @Nullable SelectableChannel channelOf(EndPoint endPoint) {
    return channel(lowest(endPoint));
  }

  private static EndPoint lowest(EndPoint endPoint) {
    EndPoint lowest = endPoint;
    while (lowest.getTransport() instanceof EndPoint below) {
      lowest = below;
    }
    return lowest;
  }

  private static @Nullable SelectableChannel channel(EndPoint lowest) {
    return lowest.getTransport() instanceof SelectableChannel channel ? channel : null;
  }

  /**
   * Counts a connection that is open for the client whose request it carries now, and for nobody
   * else.
   *
   * @return whether it is counted; if not, it is one too many of that client, and all is as before
   */
  synchronized boolean countFor(SelectableChannel channel, @Nullable InetAddress client) {
    Object before = open.get(channel);
    Object counted = counted(client);
    if (!open.containsKey(channel) || Objects.equals(before, counted)) {
      return true; // closed meanwhile, or as it is
    }
    if (!increment(counted)) {
      return false;
    }
    open.put(channel, counted);
    decrement(before);
    return true;
  }

  /** Counts a connection that is open for no client. */
  void countForNobody(SelectableChannel channel) {
    boolean counted = countFor(channel, null);
    assert counted;
  }

  @Override
  public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
    forget(channel);
  }

  @Override
  public void onClosed(SelectableChannel channel) {
    forget(channel);
  }

  private synchronized void forget(SelectableChannel channel) {
    waiting.remove(channel);
    decrement(open.remove(channel));
  }

  /** Whether there may be one more; if so, there is. */
  private boolean increment(@Nullable Object counted) {
    if (counted == null) {
      return true;
    }
    int before = openPerAddress.getOrDefault(counted, 0);
    if (before < mostPerAddress) {
      openPerAddress.put(counted, before + 1);
    }
    return before < mostPerAddress;
  }

  private void decrement(@Nullable Object counted) {
    if (counted != null) {
      openPerAddress.computeIfPresent(counted, (key, count) -> count == 1 ? null : count - 1);
    }
  }

  private @Nullable Object counted(@Nullable InetAddress address) {
    return mostPerAddress == 0 ? null : Addresses.counted(address);
  }

  private static @Nullable InetAddress address(SelectableChannel channel) {
    try {
      return channel instanceof SocketChannel socket
              && socket.getRemoteAddress() instanceof InetSocketAddress remote
          ? remote.getAddress()
          : null;
    } catch (IOException e) {
      return null; // it is closed already, and about to be forgotten
    }
  }

  private static void close(SelectableChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("a connection that was one too many did not close cleanly", e);
    }
  }
}
