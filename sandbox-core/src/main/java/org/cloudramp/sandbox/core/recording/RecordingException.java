package org.cloudramp.sandbox.core.recording;

/**
 * A file is no recording that can be read: cut off, changed, of another format or version. The
 * message says where and why.
 */
public final class RecordingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RecordingException(String message) {
    super(message);
  }
}
