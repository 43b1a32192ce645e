package org.cloudramp.sandbox.server.websocket;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * The opening handshake (RFC 6455, 4.2), as far as HTTP goes: whether a request asks for a
 * WebSocket, and the head of the answer. Who may have one is not asked here.
 */
public final class Handshake {
  private static final String VERSION = "13";
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int KEY_BYTES = 16;

  private final String key;
  private final List<String> subprotocols;

  private Handshake(String key, List<String> subprotocols) {
    this.key = key;
    this.subprotocols = subprotocols;
  }

  /** What a request asks for; empty if it is no handshake, or none that can be answered. */
  public static Optional<Handshake> of(Request request) {
    HttpFields headers = request.getHeaders();
    if (!HttpMethod.GET.is(request.getMethod())
        || request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_1
        || !headers.contains(HttpHeader.UPGRADE, "websocket")
        || !headers.contains(HttpHeader.CONNECTION, "upgrade")
        || !VERSION.equals(headers.get(HttpHeader.SEC_WEBSOCKET_VERSION))) {
      return Optional.empty();
    }
    String key = headers.get(HttpHeader.SEC_WEBSOCKET_KEY);
    if (key == null || !isKey(key)) {
      return Optional.empty();
    }
    return Optional.of(
        new Handshake(key, headers.getCSV(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL, false)));
  }

  private static boolean isKey(String key) {
    try {
      return Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The subprotocols that the client offers, the one it likes best first. */
  public List<String> subprotocols() {
    return subprotocols;
  }

  /**
   * Writes the head of an answer that agrees.
   *
   * @param subprotocol one of those offered; empty for none
   */
  public void accept(Response response, Optional<String> subprotocol) {
    response.setStatus(HttpStatus.SWITCHING_PROTOCOLS_101);
    HttpFields.Mutable headers = response.getHeaders();
    headers.put(HttpHeader.UPGRADE, "websocket");
    headers.put(HttpHeader.CONNECTION, HttpHeader.UPGRADE.asString());
    headers.put(HttpHeader.SEC_WEBSOCKET_ACCEPT, answerTo(key));
    subprotocol.ifPresent(spoken -> headers.put(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL, spoken));
  }

  /** Proves that the server has read the key. */
  static String answerTo(String key) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      byte[] digest = sha1.digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }
}
