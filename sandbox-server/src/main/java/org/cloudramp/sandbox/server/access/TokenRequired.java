package org.cloudramp.sandbox.server.access;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.server.observe.OncePerMinute;
import org.cloudramp.sandbox.server.token.Token;
import org.cloudramp.sandbox.server.token.TokenHash;
import org.cloudramp.sandbox.server.token.Tokens;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets requests below one prefix through that bring a valid token, wherever they come from, and
 * answers all others with 401; what is not below the prefix it leaves alone. Whoever handles them
 * behind it asks {@link Caller#of} what the token allows. So no route below the prefix can be
 * forgotten.
 *
 * <p>A token is taken from the header {@code Authorization: Bearer …} only (RFC 6750). What is in a
 * URL is written down by proxies, browsers and logs, so a token there counts for nothing.
 */
public final class TokenRequired extends Handler.Wrapper {
  private static final Logger log = LoggerFactory.getLogger(TokenRequired.class);
  private static final String CHALLENGE = "Bearer realm=\"sandbox\"";
  private static final String INVALID = CHALLENGE + ", error=\"invalid_token\"";

  private final String prefix;
  private final Tokens tokens;
  private final Origins origins;
  private final Refusal refusal;
  private final OncePerMinute refused = new OncePerMinute(log, System::nanoTime);

  /**
   * @param handler of all that is below the prefix
   * @param origins of the pages that may bring a token
   */
  public TokenRequired(
      Handler handler, String prefix, Tokens tokens, Origins origins, Refusal refusal) {
    super(handler);
    this.prefix = prefix;
    this.tokens = tokens;
    this.origins = origins;
    this.refusal = refusal;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String path = request.getHttpURI().getCanonicalPath();
    if (path == null || !path.startsWith(prefix)) {
      return false;
    }
    List<String> sent = request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION);
    if (sent.isEmpty()) {
      return refuse(
          request,
          response,
          callback,
          CHALLENGE,
          "this needs a token, in the header 'Authorization: Bearer …' (the option --token or the variable ROOM_TOKEN of 'room'); the operator makes one with 'sandbox-server token create'");
    }
    Optional<TokenHash> hash = hash(sent);
    Optional<Token> token = hash.flatMap(tokens::find);
    if (token.isEmpty()) {
      return refuse(
          request, response, callback, INVALID, "the token is none that this server knows");
    }
    if (tokens.isExpired(token.get())) {
      String expired =
          "the token '%s' has expired at %s".formatted(token.get().name(), token.get().expires());
      return refuse(request, response, callback, INVALID, expired);
    }
    if (!origins.allow(request)) {
      refusal.answer(
          request,
          response,
          callback,
          HttpStatus.FORBIDDEN_403,
          "pages of other origins may not use this (sandbox.server.origins)");
      return true;
    }
    new Caller(token.get().name(), Addresses.of(request), hash.get(), tokens).isOf(request);
    return super.handle(request, response, callback);
  }

  /** Of the one token that was sent as it should be. */
  private static Optional<TokenHash> hash(List<String> sent) {
    return sent.size() == 1
        ? BearerTokens.in(sent.get(0)).filter(Token::isWellFormed).map(TokenHash::of)
        : Optional.empty();
  }

  private boolean refuse(
      Request request, Response response, Callback callback, String challenge, String why) {
    refused.warn("a request from {} was refused: {}", Addresses.of(request), why);
    response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, challenge);
    // Its body, which may be long or never end, is not worth reading.
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    refusal.answer(request, response, callback, HttpStatus.UNAUTHORIZED_401, why);
    return true;
  }
}
