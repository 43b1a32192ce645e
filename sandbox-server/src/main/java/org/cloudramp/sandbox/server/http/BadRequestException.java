package org.cloudramp.sandbox.server.http;

/** A request that is not as its route wants it; the message says how it has to be. */
final class BadRequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message for whoever has sent it; nothing of theirs is in it as it was sent
   */
  BadRequestException(String message) {
    super(message, null, false, false);
  }
}
