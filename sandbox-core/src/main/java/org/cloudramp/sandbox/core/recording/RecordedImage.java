package org.cloudramp.sandbox.core.recording;

import java.io.ByteArrayOutputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.core.abi.GuestState;

/**
 * The state of an instance between two hooks, compressed.
 *
 * @param globals the mutable ones, eight bytes for each
 * @param pages how many pages of 64 KiB its memory has
 * @param memory all of it, as a zlib stream
 */
public record RecordedImage(Bytes globals, int pages, Bytes memory) {
  /** The most memory of which an image is made, in pages. */
  public static final int MAX_PAGES = 16;

  private static final int CHUNK = 16 << 10;

  /** Compresses a state; takes about a millisecond for each 64 KiB. */
  static RecordedImage of(GuestState state) {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try {
      deflater.setInput(state.memory());
      deflater.finish();
      ByteArrayOutputStream compressed = new ByteArrayOutputStream();
      byte[] chunk = new byte[CHUNK];
      while (!deflater.finished()) {
        compressed.write(chunk, 0, deflater.deflate(chunk));
      }
      return new RecordedImage(
          Bytes.adopt(state.globals()), state.pages(), Bytes.adopt(compressed.toByteArray()));
    } finally {
      deflater.end();
    }
  }

  /**
   * The state itself.
   *
   * @throws RecordingException if the stream is not one of that many pages
   */
  public GuestState state() {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(memory.toArray());
      byte[] content = new byte[pages * Memory.PAGE_BYTES];
      int size = 0;
      while (size < content.length && !inflater.finished()) {
        int more = inflater.inflate(content, size, content.length - size);
        if (more == 0) {
          break; // cut, or it wants a dictionary
        }
        size += more;
      }
      if (size != content.length || inflater.inflate(new byte[1]) > 0 || !inflater.finished()) {
        throw new RecordingException(
            "the image of a room's memory does not hold the %d pages it says".formatted(pages));
      }
      return new GuestState(globals.toArray(), content);
    } catch (DataFormatException e) {
      throw new RecordingException(
          "the image of a room's memory cannot be read: " + e.getMessage());
    } finally {
      inflater.end();
    }
  }

  /** How many bytes it takes in memory. */
  int bytes() {
    return globals.size() + memory.size();
  }
}
