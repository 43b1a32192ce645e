package org.cloudramp.sandbox.server.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.server.access.ConnectionLimits.Bound;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.eclipse.jetty.io.EndPoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionLimitsTest {
  private static final Proxies NO_PROXIES = Proxies.of(List.of());

  private static final Duration YOUNG = Duration.ofSeconds(1);

  private long now = -7;
  private final ConnectionLimits limits = limits(5, 2);
  private final List<SocketChannel> channels = new ArrayList<>();

  @AfterEach
  void closeAll() throws IOException {
    for (SocketChannel channel : channels) {
      channel.close();
    }
  }

  @Test
  void oneAddressGetsNoMoreThanItsPartAndAnotherGetsIts() throws IOException {
    SocketChannel first = channel();
    assertThat(limits.admit(first, address("203.0.113.7"))).isEmpty();
    assertThat(limits.admit(channel(), address("203.0.113.7"))).isEmpty();
    assertThat(limits.admit(channel(), address("203.0.113.7"))).contains(Bound.ADDRESS);
    assertThat(limits.admit(channel(), address("203.0.113.8"))).isEmpty();

    limits.onClosed(first);

    assertThat(limits.admit(channel(), address("203.0.113.7"))).isEmpty();
  }

  @Test
  void allTogetherGetNoMoreThanThereAre() throws IOException {
    SocketChannel first = channel();
    limits.admit(first, address("203.0.113.1"));
    for (int i = 2; i <= 5; i++) {
      limits.admit(channel(), address("203.0.113." + i));
    }

    assertThat(limits.admit(channel(), address("203.0.113.6"))).contains(Bound.ALL);
    assertThat(limits.open()).isEqualTo(5);

    limits.onAcceptFailed(first, new IOException("for a test"));
    assertThat(limits.admit(channel(), address("203.0.113.6"))).isEmpty();
  }

  @Test
  void whoeverHasOneAddressOfANetworkOfIpv6HasThemAll() throws IOException {
    assertThat(limits.admit(channel(), address("2001:db8:1:2::1"))).isEmpty();
    assertThat(limits.admit(channel(), address("2001:db8:1:2:ffff::9"))).isEmpty();
    assertThat(limits.admit(channel(), address("2001:db8:1:2::3"))).contains(Bound.ADDRESS);
    assertThat(limits.admit(channel(), address("2001:db8:1:3::1"))).isEmpty();
  }

  @Test
  void thisMachineHasNoPartBecauseAProxyMayRunHere() throws IOException {
    for (String loopback : List.of("127.0.0.1", "::1", "127.0.0.1", "::1", "127.0.0.1")) {
      assertThat(limits.admit(channel(), address(loopback))).isEmpty();
    }
    assertThat(limits.admit(channel(), address("127.0.0.1"))).contains(Bound.ALL);
  }

  @Test
  void withZeroAnAddressGetsAll() throws IOException {
    ConnectionLimits behindProxy = limits(3, 0);
    for (int i = 0; i < 3; i++) {
      assertThat(behindProxy.admit(channel(), address("203.0.113.7"))).isEmpty();
    }
    assertThat(behindProxy.admit(channel(), address("203.0.113.7"))).contains(Bound.ALL);
  }

  @Test
  void whatWasNeverCountedIsForgottenWithoutHarm() throws IOException {
    limits.admit(channel(), address("203.0.113.7"));
    SocketChannel refused = channel();

    limits.onAcceptFailed(refused, new IOException("for a test"));
    limits.onClosed(refused);

    assertThat(limits.open()).isEqualTo(1);
  }

  @Test
  void whenAllAreTakenTheOneThatHasWaitedLongestMakesRoom() throws IOException {
    List<ByteArrayEndPoint> all = fill();
    all.forEach(limits::waits);
    limits.asks(all.get(0)); // and is answered
    limits.waits(all.get(0));
    now += YOUNG.toNanos();

    SocketChannel late = channel();
    limits.onAccepting(late);

    assertThat(late.isOpen()).isTrue();
    assertThat(all.stream().map(EndPoint::isOpen)).containsExactly(true, false, true, true, true);
    assertThat(limits.open()).isEqualTo(5);
  }

  @Test
  void whoHasOnlyJustComeMakesRoomForNobody() throws IOException {
    List<ByteArrayEndPoint> all = fill();
    all.forEach(limits::waits);
    now += YOUNG.toNanos() - 1;

    SocketChannel late = channel();
    limits.onAccepting(late);

    assertThat(late.isOpen()).isFalse();
    assertThat(all).allMatch(EndPoint::isOpen);
  }

  @Test
  void whoHasARequestMakesRoomForNobodyHoweverLongItTakes() throws IOException {
    List<ByteArrayEndPoint> all = fill();
    all.forEach(limits::waits);
    all.forEach(limits::asks);
    now += Duration.ofHours(1).toNanos();

    SocketChannel late = channel();
    limits.onAccepting(late);

    assertThat(late.isOpen()).isFalse();
    assertThat(all).allMatch(EndPoint::isOpen);
  }

  @Test
  void anAddressThatHasItsPartIsToldSoEvenIfAllAreTaken() throws IOException {
    limits.admit(channel(), address("203.0.113.7"));
    limits.admit(channel(), address("203.0.113.7"));
    for (int i = 0; i < 3; i++) {
      limits.admit(channel(), address("203.0.113.10" + i));
    }

    assertThat(limits.admit(channel(), address("203.0.113.7"))).contains(Bound.ADDRESS);
    assertThat(limits.admit(channel(), address("203.0.113.8"))).contains(Bound.ALL);
    assertThat(limits.admit(channel(), address("203.0.113.8"))).contains(Bound.ALL);
    assertThat(limits.admit(channel(), address("203.0.113.8"))).contains(Bound.ALL);
  }

  @Test
  void whenAnAddressHasItsPartTheOneOfItThatHasWaitedLongestMakesRoom() throws IOException {
    ByteArrayEndPoint other = endPoint("203.0.113.8");
    ByteArrayEndPoint busy = endPoint("203.0.113.7");
    ByteArrayEndPoint idle = endPoint("203.0.113.7");
    limits.waits(other); // longest, but for nobody of that address
    limits.waits(idle);
    SocketChannel early = channel();
    limits.accept(early, address("203.0.113.7"));
    assertThat(early.isOpen()).as("has only just come").isFalse();
    now += YOUNG.toNanos();

    SocketChannel late = channel();
    limits.accept(late, address("203.0.113.7"));

    assertThat(late.isOpen()).isTrue();
    assertThat(List.of(other.isOpen(), busy.isOpen(), idle.isOpen()))
        .containsExactly(true, true, false);
    assertThat(limits.open()).isEqualTo(3);
    SocketChannel oneMore = channel();
    limits.accept(oneMore, address("203.0.113.7"));
    assertThat(oneMore.isOpen()).as("nobody of that address waits any more").isFalse();
  }

  @Test
  void whoReadsAPageMakesRoomAfterThoseWhoHaveWaitedLonger() throws IOException {
    List<ByteArrayEndPoint> all = fill();
    all.forEach(limits::waits);
    limits.asksForPage(all.get(0));
    all.subList(2, 5).forEach(limits::asks);
    now += YOUNG.toNanos();

    limits.onAccepting(channel());
    limits.onAccepting(channel());

    assertThat(all.stream().map(EndPoint::isOpen)).containsExactly(false, false, true, true, true);
  }

  /** A connection from an address. */
  private ByteArrayEndPoint endPoint(String address) throws IOException {
    SocketChannel channel = channel();
    limits.accept(channel, address(address));
    return new ByteArrayEndPoint() {
      @Override
      public Object getTransport() {
        return channel;
      }
    };
  }

  /** As many connections as there may be. */
  private List<ByteArrayEndPoint> fill() throws IOException {
    List<ByteArrayEndPoint> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      SocketChannel channel = channel();
      limits.onAccepting(channel);
      all.add(
          new ByteArrayEndPoint() {
            @Override
            public Object getTransport() {
              return channel;
            }
          });
    }
    return all;
  }

  private ConnectionLimits limits(int most, int mostPerAddress) {
    return new ConnectionLimits(most, mostPerAddress, NO_PROXIES, YOUNG, "a setting", () -> now);
  }

  private SocketChannel channel() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channels.add(channel);
    return channel;
  }

  private static InetAddress address(String literal) throws IOException {
    return InetAddress.getByName(literal);
  }
}
