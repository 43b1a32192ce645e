package org.cloudramp.sandbox.server.websocket;

/** What a client has sent cannot be gone on with; the connection is failed with a status. */
public final class ProtocolException extends Exception {
  private static final long serialVersionUID = 1;

  private final int code;

  private ProtocolException(int code, String reason) {
    super(reason, null, false, false); // it tells of a client's mistake, not of a place in the code
    this.code = code;
  }

  /** The frames do not follow RFC 6455, or the subprotocol. */
  public static ProtocolException violated(String rule) {
    return new ProtocolException(CloseStatus.PROTOCOL, rule);
  }

  /** What is said to be text is none. */
  static ProtocolException notUtf8(String what) {
    return new ProtocolException(CloseStatus.BAD_PAYLOAD, what + " is not UTF-8");
  }

  /** A message is over a limit, which the reason names. */
  public static ProtocolException tooBig(String reason) {
    return new ProtocolException(CloseStatus.TOO_BIG, reason);
  }

  /** What the client is told. */
  CloseStatus status() {
    return new CloseStatus(code, String.valueOf(getMessage()));
  }
}
