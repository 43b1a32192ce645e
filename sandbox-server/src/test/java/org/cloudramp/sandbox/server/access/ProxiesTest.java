package org.cloudramp.sandbox.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose word is taken for where a request comes from, and what of it. */
class ProxiesTest {
  private static final Proxies PROXIES =
      Proxies.of(List.of("127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"));

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "127.0.0.2, false",
    "10.255.255.255, true",
    "11.0.0.0, false",
    "2001:db8:1:ffff::1, true",
    "2001:db8:2::1, false",
    "::1, false",
    "::ffff:10.0.0.1, true"
  })
  void aProxyIsNamedByItsAddressOrItsNetwork(String address, boolean named) throws Exception {
    assertThat(PROXIES.include(InetAddress.getByName(address))).isEqualTo(named);
  }

  @ParameterizedTest
  @CsvSource({"0.0.0.0/0, 203.0.113.7, true", "0.0.0.0/0, ::1, false", "::/0, ::1, true"})
  void aNetworkMayBeAllAddressesOfAKind(String network, String address, boolean named)
      throws Exception {
    assertThat(Proxies.of(List.of(network)).include(InetAddress.getByName(address)))
        .isEqualTo(named);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "proxy.example.org",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "::1/129",
        "1::2::3",
        "fe80::1%eth0",
        "",
        "*",
        "a:b"
      })
  void whatIsNoAddressIsRefusedByName(String entry) {
    assertThatThrownBy(() -> Proxies.of(List.of(entry)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.proxies")
        .hasMessageContaining("'" + entry + "'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "127.0.0.1 | 203.0.113.7 | 203.0.113.7",
        "127.0.0.1 | 192.0.2.1, 203.0.113.7 | 203.0.113.7",
        "127.0.0.1 | 127.0.0.1, 203.0.113.7 | 203.0.113.7",
        "127.0.0.1 | 203.0.113.7, 10.0.0.9 | 203.0.113.7",
        "127.0.0.1 | 192.0.2.1, 203.0.113.7, 10.1.2.3, 10.0.0.9 | 203.0.113.7",
        "127.0.0.1 | 203.0.113.7:4711 | 203.0.113.7",
        "127.0.0.1 | [2001:db8::7]:4711 | 2001:db8::7",
        "127.0.0.1 | 2001:db8::7 | 2001:db8::7",
        "127.0.0.1 | 10.0.0.9 | 10.0.0.9",
        "127.0.0.1 | 203.0.113.7, unknown | 127.0.0.1",
        "127.0.0.1 | 203.0.113.7, | 203.0.113.7",
        "127.0.0.1 | evil.example | 127.0.0.1",
        "127.0.0.1 | '' | 127.0.0.1",
        "203.0.113.1 | 127.0.0.1 | 203.0.113.1"
      })
  void theClientIsTheLastThatIsNoProxy(String peer, String forwardedFor, String client)
      throws UnknownHostException {
    assertThat(PROXIES.client(InetAddress.getByName(peer), List.of(forwardedFor)))
        .isEqualTo(InetAddress.getByName(client));
  }
}
