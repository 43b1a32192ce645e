package org.cloudramp.sandbox.server.access;

import org.cloudramp.sandbox.server.token.Scope;
import org.cloudramp.sandbox.server.token.TokenHash;
import org.cloudramp.sandbox.server.token.Tokens;
import org.eclipse.jetty.server.Request;

/** Who has sent a request with a valid token. Thread-safe. */
public final class Caller {
  private static final String ATTRIBUTE = Caller.class.getName();

  private final String name;
  private final String address;
  private final TokenHash hash;
  private final Tokens tokens;

  Caller(String name, String address, TokenHash hash, Tokens tokens) {
    this.name = name;
    this.address = address;
    this.hash = hash;
    this.tokens = tokens;
  }

  /**
   * Who has sent a request that {@link TokenRequired} has let through.
   *
   * @throws IllegalStateException if it has not
   */
  public static Caller of(Request request) {
    if (request.getAttribute(ATTRIBUTE) instanceof Caller caller) {
      return caller;
    }
    throw new IllegalStateException("nobody has asked this request for its token");
  }

  /** From now on {@link #of} knows. */
  void isOf(Request request) {
    request.setAttribute(ATTRIBUTE, this);
  }

  /**
   * Whether the token allows something now. To be asked when it is about to happen: a token may be
   * revoked while an upload comes in.
   */
  public boolean may(Scope needed) {
    return tokens.allow(hash, needed);
  }

  /** The token's name, which holds nothing to escape. */
  public String name() {
    return name;
  }

  /** For lines of a log: the token's name and the address. Neither holds anything to escape. */
  @Override
  public String toString() {
    return "token '%s' at %s".formatted(name, address);
  }
}
