package org.cloudramp.sandbox.server.session;

/** Bytes are no frame of the protocol. The message says what is wrong and repeats none of them. */
public final class FrameException extends Exception {
  private static final long serialVersionUID = 1L;

  FrameException(String message) {
    super(message, null, false, false);
  }
}
