package org.cloudramp.sandbox.core.recording;

/** The numbers of {@code docs/recording.md}. */
final class RecordingFormat {
  /** What a file begins with; as a PNG's, it shows what a transfer as text has done to it. */
  static final byte[] MAGIC = {(byte) 0x89, 'R', 'O', 'O', 'M', '\r', '\n', 0x1a};

  static final int VERSION = 1;

  // Kinds of items. A reader passes over those that it does not know.
  static final int END = 0;
  static final int MODULE = 1;
  static final int MISSED = 2;
  static final int IMAGE = 3;
  static final int HOOK = 4;

  // Kinds of answers.
  static final int RESPONSE = 0;
  static final int FAILED = 1;
  static final int ENDED = 2;

  private RecordingFormat() {}
}
