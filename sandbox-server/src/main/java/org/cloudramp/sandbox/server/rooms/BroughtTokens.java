package org.cloudramp.sandbox.server.rooms;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cloudramp.sandbox.server.access.BearerTokens;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * The join tokens that a handshake has brought: in {@code Authorization: Bearer …}, or, because a
 * page cannot set that header, as a subprotocol {@code cloudramp.token.…} that it offers. A token
 * in a URL counts for nothing: proxies, browsers and logs write URLs down.
 *
 * <p>A browser wants one of the subprotocols that it has offered in the answer, and no answer
 * repeats a token. So a page offers {@code cloudramp.join} beside it, or one that its room speaks.
 */
final class BroughtTokens {
  private static final String MARK = "cloudramp.join";
  private static final String TOKEN = "cloudramp.token.";

  private BroughtTokens() {}

  /** All of them, whatever they are; more than one is for others to refuse. */
  static List<String> of(Request request, List<String> offered) {
    Stream<String> headers =
        request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION).stream()
            .map(BearerTokens::in)
            .flatMap(Optional::stream);
    Stream<String> subprotocols =
        offered.stream()
            .filter(name -> name.startsWith(TOKEN))
            .map(name -> name.substring(TOKEN.length()));
    return Stream.concat(headers, subprotocols).toList();
  }

  /** What is answered to somebody who speaks no subprotocol of a room, and brings a token. */
  static Optional<String> answerTo(List<String> offered) {
    return offered.contains(MARK) ? Optional.of(MARK) : Optional.empty();
  }
}
