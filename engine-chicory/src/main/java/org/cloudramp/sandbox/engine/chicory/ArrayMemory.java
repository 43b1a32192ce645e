package org.cloudramp.sandbox.engine.chicory;

import static com.dylibso.chicory.runtime.ConstantEvaluators.computeConstantValue;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasm.UninstantiableException;
import com.dylibso.chicory.wasm.types.ActiveDataSegment;
import com.dylibso.chicory.wasm.types.DataSegment;
import com.dylibso.chicory.wasm.types.PassiveDataSegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A guest's memory, as compiled code sees it: one array, exactly as long as the memory.
 *
 * <p>The array's own bounds check is the bounds check of WebAssembly. An address from 2 GiB up
 * arrives here as a negative index, and Chicory's code checks that the sum of address and offset
 * does not wrap around; so every access out of bounds, and nothing else, is an {@link
 * IndexOutOfBoundsException}.
 *
 * <p>It takes the place of Chicory's {@code ByteArrayMemory}, whose bulk operations do not notice
 * interrupts, which cannot shrink, which keeps active data segments after they were copied, and
 * which copies whatever the host reads once more. In return, growing copies all of memory.
 *
 * <p><b>Restoring copies what was written.</b> Memory is divided into granules of 4 KiB, and
 * whatever writes notes those that it writes to. Two rules make that safe. A granule is noted
 * before its bytes change, so that nothing which is thrown in between leaves a change without a
 * note. And a number is noted by the granule in which it begins, so a restore copies the first
 * bytes of the next one as well. Wherever nothing is noted, the memory equals the image that it was
 * captured as or restored to last; one that it has never been restored to is copied as a whole.
 */
final class ArrayMemory implements Memory {
  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);
  private static final VarHandle FLOAT = view(float[].class);
  private static final VarHandle DOUBLE = view(double[].class);

  private static final int GRANULE_BITS = 12;
  private static final int GRANULE = 1 << GRANULE_BITS;

  /** How far a number reaches beyond its first byte at most. */
  private static final int OVERHANG = Long.BYTES - 1;

  private final int initialPages;
  private final int maximumPages;
  private byte[] bytes;

  /** For each granule, not 0 if it may have been written to. A page has 16, so eight at a time. */
  private byte[] written;

  /** What the memory equals wherever nothing was written; null before there is such an image. */
  private byte @Nullable [] image;

  private DataSegment[] segments = {};

  /** All zeros. */
  ArrayMemory(int initialPages, int maximumPages) {
    this.initialPages = initialPages;
    this.maximumPages = Math.min(maximumPages, RUNTIME_MAX_PAGES);
    this.bytes = new byte[Math.multiplyExact(initialPages, PAGE_SIZE)];
    this.written = new byte[bytes.length >>> GRANULE_BITS];
  }

  private static VarHandle view(Class<?> numbers) {
    return MethodHandles.byteArrayViewVarHandle(numbers, ByteOrder.LITTLE_ENDIAN);
  }

  // For the host

  /** Copies from here to {@code target}; both ranges are checked before the first byte. */
  void copyTo(int address, byte[] target, int offset, int length) {
    Objects.checkFromIndexSize(address, length, bytes.length);
    System.arraycopy(bytes, address, target, offset, length);
  }

  /** A copy of all that it holds, which nobody changes: this memory is restored to it faster. */
  byte[] capture() {
    byte[] captured = bytes.clone();
    image = captured;
    Arrays.fill(written, (byte) 0);
    return captured;
  }

  /** Holds what was captured, of it or of another, and is as large. Returns whether it may be. */
  boolean restore(byte[] captured) {
    if (captured.length > (long) maximumPages * PAGE_SIZE) {
      return false;
    }
    if (captured.length != bytes.length) {
      byte[] copy = captured.clone();
      written = new byte[copy.length >>> GRANULE_BITS];
      bytes = copy;
    } else if (captured == image) {
      restoreWritten(captured);
    } else {
      System.arraycopy(captured, 0, bytes, 0, captured.length);
      Arrays.fill(written, (byte) 0);
    }
    image = captured;
    return true;
  }

  private void restoreWritten(byte[] captured) {
    for (int eight = 0; eight < written.length; eight += Long.BYTES) {
      if ((long) LONG.get(written, eight) != 0) {
        for (int granule = eight; granule < eight + Long.BYTES; granule++) {
          if (written[granule] != 0) {
            int from = granule << GRANULE_BITS;
            int length = Math.min(GRANULE + OVERHANG, bytes.length - from);
            System.arraycopy(captured, from, bytes, from, length);
            written[granule] = 0;
          }
        }
      }
    }
  }

  /**
   * Notes that a number is going to be written.
   *
   * @throws IndexOutOfBoundsException if it begins outside of the memory
   */
  private void note(int address) {
    written[address >>> GRANULE_BITS] = 1;
  }

  /** Notes that a range is going to be written, which was checked. */
  private void note(int address, int length) {
    if (length > 0) {
      int first = address >>> GRANULE_BITS;
      int last = (address + length - 1) >>> GRANULE_BITS;
      Arrays.fill(written, first, last + 1, (byte) 1);
    }
  }

  // Size

  @Override
  public int pages() {
    return bytes.length / PAGE_SIZE;
  }

  @Override
  public int initialPages() {
    return initialPages;
  }

  @Override
  public int maximumPages() {
    return maximumPages;
  }

  @Override
  public int grow(int pages) {
    stopIfInterrupted(); // it copies all of memory, so a row of them takes a while
    int before = pages();
    if (pages < 0 || pages > maximumPages - before) { // unsigned, so a negative number is large
      return -1;
    }
    if (pages > 0) {
      byte[] grown = Arrays.copyOf(bytes, (before + pages) * PAGE_SIZE);
      written = Arrays.copyOf(written, grown.length >>> GRANULE_BITS);
      bytes = grown;
    }
    return before;
  }

  // Data

  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments) {
    initialize(instance, dataSegments, 0);
  }

  /** The segments are the instance's own array, so a segment that is dropped is dropped for all. */
  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments, int memoryIndex) {
    segments = dataSegments;
    for (int i = 0; i < segments.length; i++) {
      if (segments[i] instanceof ActiveDataSegment active && active.index() == memoryIndex) {
        int address = (int) computeConstantValue(instance, active.offsetInstructions())[0];
        byte[] data = active.data();
        if (Integer.toUnsignedLong(address) + data.length > bytes.length) {
          throw new UninstantiableException(
              "out of bounds memory access: data segment %d does not fit".formatted(i));
        }
        note(address, data.length);
        System.arraycopy(data, 0, bytes, address, data.length);
        drop(i);
      }
    }
  }

  @Override
  public void drop(int segment) {
    segments[segment] = PassiveDataSegment.EMPTY;
  }

  // Bulk operations. One of them cannot be interrupted, but takes no longer than memory is large.

  @Override
  public void initPassiveSegment(int segment, int address, int offset, int size) {
    stopIfInterrupted();
    byte[] data = segments[segment].data();
    Objects.checkFromIndexSize(offset, size, data.length);
    Objects.checkFromIndexSize(address, size, bytes.length);
    note(address, size);
    System.arraycopy(data, offset, bytes, address, size);
  }

  @Override
  public void copy(int to, int from, int size) {
    stopIfInterrupted();
    Objects.checkFromIndexSize(to, size, bytes.length);
    Objects.checkFromIndexSize(from, size, bytes.length);
    note(to, size);
    System.arraycopy(bytes, from, bytes, to, size);
  }

  /** {@code to} may have wrapped around, and {@code to - from} is the size then too. */
  @Override
  public void fill(byte value, int from, int to) {
    stopIfInterrupted();
    Objects.checkFromIndexSize(from, to - from, bytes.length);
    note(from, to - from);
    Arrays.fill(bytes, from, to, value);
  }

  @Override
  public void zero() {
    note(0, bytes.length);
    Arrays.fill(bytes, (byte) 0);
  }

  private static void stopIfInterrupted() {
    if (Thread.currentThread().isInterrupted()) {
      throw new ChicoryInterruptedException("Thread interrupted");
    }
  }

  // Single numbers

  @Override
  public byte read(int address) {
    return bytes[address];
  }

  @Override
  public short readShort(int address) {
    return (short) SHORT.get(bytes, address);
  }

  @Override
  public long readU16(int address) {
    return Short.toUnsignedLong(readShort(address));
  }

  @Override
  public int readInt(int address) {
    return (int) INT.get(bytes, address);
  }

  @Override
  public long readLong(int address) {
    return (long) LONG.get(bytes, address);
  }

  @Override
  public float readFloat(int address) {
    return (float) FLOAT.get(bytes, address);
  }

  @Override
  public long readF32(int address) {
    return readInt(address);
  }

  @Override
  public double readDouble(int address) {
    return (double) DOUBLE.get(bytes, address);
  }

  @Override
  public long readF64(int address) {
    return readLong(address);
  }

  @Override
  public void writeByte(int address, byte value) {
    note(address);
    bytes[address] = value;
  }

  @Override
  public void writeShort(int address, short value) {
    note(address);
    SHORT.set(bytes, address, value);
  }

  @Override
  public void writeI32(int address, int value) {
    note(address);
    INT.set(bytes, address, value);
  }

  @Override
  public void writeLong(int address, long value) {
    note(address);
    LONG.set(bytes, address, value);
  }

  @Override
  public void writeF32(int address, float value) {
    note(address);
    FLOAT.set(bytes, address, value);
  }

  @Override
  public void writeF64(int address, double value) {
    note(address);
    DOUBLE.set(bytes, address, value);
  }

  @Override
  public byte[] readBytes(int address, int length) {
    Objects.checkFromIndexSize(address, length, bytes.length);
    return Arrays.copyOfRange(bytes, address, address + length);
  }

  @Override
  public void write(int address, byte[] source, int offset, int length) {
    Objects.checkFromIndexSize(address, length, bytes.length);
    note(address, length);
    System.arraycopy(source, offset, bytes, address, length);
  }

  // Threads, which the gate refuses

  @Override
  public boolean shared() {
    return false;
  }

  @Override
  @SuppressWarnings("removal")
  public Object lock(int address) {
    throw threads();
  }

  @Override
  @SuppressWarnings("removal")
  public int waitOn(int address, int expected, long timeout) {
    throw threads();
  }

  @Override
  @SuppressWarnings("removal")
  public int waitOn(int address, long expected, long timeout) {
    throw threads();
  }

  @Override
  @SuppressWarnings("removal")
  public int notify(int address, int maxThreads) {
    throw threads();
  }

  private static UnsupportedOperationException threads() {
    return new UnsupportedOperationException("threads are not supported");
  }
}
