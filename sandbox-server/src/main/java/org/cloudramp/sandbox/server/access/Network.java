package org.cloudramp.sandbox.server.access;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Addresses that begin alike, such as {@code 10.0.0.0/8}; or one, such as {@code 2001:db8::1}.
 *
 * @param bits of the address in which all of them agree
 */
record Network(InetAddress address, int bits) {
  private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|\\d?\\d)";
  private static final Pattern IPV4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:][0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  /**
   * Reads {@code ADDRESS} or {@code ADDRESS/BITS}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  static Network parse(String text) {
    String[] parts = text.split("/", 2);
    InetAddress address = address(parts[0]).orElseThrow(() -> noNetwork(text));
    int all = address.getAddress().length * Byte.SIZE;
    if (parts.length == 1) {
      return new Network(address, all);
    }
    if (!parts[1].matches("\\d{1,3}") || Integer.parseInt(parts[1]) > all) {
      throw noNetwork(text);
    }
    return new Network(address, Integer.parseInt(parts[1]));
  }

  private static IllegalArgumentException noNetwork(String text) {
    return new IllegalArgumentException(
        "'%s' is neither an address such as 10.0.0.7 nor a network such as 10.0.0.0/8"
            .formatted(text));
  }

  /** The address that a text is. Asks nobody: a name is none. */
  static Optional<InetAddress> address(String text) {
    if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(text));
    } catch (UnknownHostException e) {
      return Optional.empty(); // two "::", for instance
    }
  }

  boolean contains(InetAddress other) {
    byte[] mine = address.getAddress();
    byte[] theirs = other.getAddress();
    int rest = mine.length * Byte.SIZE - bits;
    return mine.length == theirs.length
        && new BigInteger(1, mine)
            .shiftRight(rest)
            .equals(new BigInteger(1, theirs).shiftRight(rest));
  }
}
