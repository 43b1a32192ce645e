package org.cloudramp.sandbox.api.engine;

/**
 * The linear memory of one instance. Addresses and lengths are unsigned 32-bit numbers in an {@code
 * int}; all numbers in it are little-endian. One thread at a time, as its instance.
 *
 * <p>Every method that takes an address throws {@link IndexOutOfBoundsException} if the bytes it
 * names are not all within the memory, and then has read and written nothing.
 */
public interface Memory {
  /** How large a page is, in bytes. */
  int PAGE_BYTES = 65_536;

  /** How many pages of 64 KiB it has now. */
  int pages();

  /** The 32-bit word at {@code address}. */
  int readInt(int address);

  /** Sets the 32-bit word at {@code address}. */
  void writeInt(int address, int value);

  /**
   * Copies {@code length} bytes from {@code address} on into {@code target} from {@code offset} on.
   */
  void read(int address, byte[] target, int offset, int length);

  /** Copies {@code length} bytes of {@code source} from {@code offset} on to {@code address}. */
  void write(int address, byte[] source, int offset, int length);

  /**
   * A copy of the memory as it is now, in whatever form the engine restores fastest. Good for every
   * instance of the same module, for as long as any of them is open.
   */
  Image capture();

  /**
   * Puts the memory back to {@code image}.
   *
   * @return whether that was possible; {@code false} if the memory is not as large as the image and
   *     cannot become so, and the instance is then to be closed
   * @throws IllegalArgumentException if the image comes from another engine
   */
  boolean restore(Image image);

  /** What a memory held at one moment. Immutable, safe to share between threads. */
  interface Image {
    /** How large it is, in bytes. */
    int size();
  }
}
