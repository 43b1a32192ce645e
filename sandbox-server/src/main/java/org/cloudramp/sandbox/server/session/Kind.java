package org.cloudramp.sandbox.server.session;

/** The first byte of a frame. */
final class Kind {
  /** A client wants to begin a session. */
  static final int JOIN = 1;

  /** A client wants to go on with one. */
  static final int RESUME = 2;

  /** A client asks for a sign of life. */
  static final int PING = 3;

  /** A client asks to be told of its messages that fail. */
  static final int FAILURES = 4;

  /** A session has begun. */
  static final int WELCOME = 1;

  /** A session goes on. */
  static final int RESUMED = 2;

  /** A sign of life. */
  static final int PONG = 3;

  /** Messages have been taken. */
  static final int TAKEN = 4;

  /** How far the client is. */
  static final int POSITION = 5;

  /** A message has failed. */
  static final int FAILED = 6;

  /** A text, either way. */
  static final int TEXT = 16;

  /** A message of bytes, either way. */
  static final int BINARY = 17;

  private Kind() {}
}
