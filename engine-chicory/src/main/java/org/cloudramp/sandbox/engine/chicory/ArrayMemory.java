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
 * which copies whatever the host reads once more. Loads and stores in a loop take about as long as
 * with it on JDK 17, and half as long on JDK 25; in return, growing copies all of memory.
 */
final class ArrayMemory implements Memory {
  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);
  private static final VarHandle FLOAT = view(float[].class);
  private static final VarHandle DOUBLE = view(double[].class);

  private final int initialPages;
  private final int maximumPages;
  private byte[] bytes;
  private DataSegment[] segments = {};

  /** All zeros. */
  ArrayMemory(int initialPages, int maximumPages) {
    this.initialPages = initialPages;
    this.maximumPages = Math.min(maximumPages, RUNTIME_MAX_PAGES);
    this.bytes = new byte[Math.multiplyExact(initialPages, PAGE_SIZE)];
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

  /** A copy of all that it holds. */
  byte[] copy() {
    return bytes.clone();
  }

  /** Holds {@code content} from now on, and is as large. Returns whether it may be. */
  boolean become(byte[] content) {
    if (content.length > (long) maximumPages * PAGE_SIZE) {
      return false;
    }
    if (content.length == bytes.length) {
      System.arraycopy(content, 0, bytes, 0, content.length);
    } else {
      bytes = content.clone();
    }
    return true;
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
      bytes = Arrays.copyOf(bytes, (before + pages) * PAGE_SIZE);
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
    System.arraycopy(data, offset, bytes, address, size);
  }

  @Override
  public void copy(int to, int from, int size) {
    stopIfInterrupted();
    Objects.checkFromIndexSize(to, size, bytes.length);
    Objects.checkFromIndexSize(from, size, bytes.length);
    System.arraycopy(bytes, from, bytes, to, size);
  }

  /** {@code to} may have wrapped around, and {@code to - from} is the size then too. */
  @Override
  public void fill(byte value, int from, int to) {
    stopIfInterrupted();
    Objects.checkFromIndexSize(from, to - from, bytes.length);
    Arrays.fill(bytes, from, to, value);
  }

  @Override
  public void zero() {
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
    bytes[address] = value;
  }

  @Override
  public void writeShort(int address, short value) {
    SHORT.set(bytes, address, value);
  }

  @Override
  public void writeI32(int address, int value) {
    INT.set(bytes, address, value);
  }

  @Override
  public void writeLong(int address, long value) {
    LONG.set(bytes, address, value);
  }

  @Override
  public void writeF32(int address, float value) {
    FLOAT.set(bytes, address, value);
  }

  @Override
  public void writeF64(int address, double value) {
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
