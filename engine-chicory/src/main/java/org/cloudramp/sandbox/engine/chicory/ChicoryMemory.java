package org.cloudramp.sandbox.engine.chicory;

import org.cloudramp.sandbox.api.engine.Memory;
import org.jspecify.annotations.Nullable;

/** A guest's memory, as its host sees it. */
final class ChicoryMemory implements Memory {
  private @Nullable ArrayMemory memory;

  ChicoryMemory(ArrayMemory memory) {
    this.memory = memory;
  }

  /** For host functions of a guest that exports no memory: no page, so every address is outside. */
  static ChicoryMemory none() {
    return new ChicoryMemory(new ArrayMemory(0, 0));
  }

  void close() {
    memory = null;
  }

  private ArrayMemory open() {
    ArrayMemory memory = this.memory;
    if (memory == null) {
      throw new IllegalStateException("the instance is closed");
    }
    return memory;
  }

  @Override
  public int pages() {
    return open().pages();
  }

  @Override
  public int readInt(int address) {
    return open().readInt(address);
  }

  @Override
  public void writeInt(int address, int value) {
    open().writeI32(address, value);
  }

  @Override
  public void read(int address, byte[] target, int offset, int length) {
    open().copyTo(address, target, offset, length);
  }

  @Override
  public void write(int address, byte[] source, int offset, int length) {
    open().write(address, source, offset, length);
  }

  @Override
  public Image capture() {
    return new Copy(open().capture());
  }

  @Override
  public boolean restore(Image image) {
    if (!(image instanceof Copy copy)) {
      throw new IllegalArgumentException("the image is not one of this engine");
    }
    return open().restore(copy.bytes);
  }

  /** Not a record: nobody else may see, and change, the bytes. */
  private static final class Copy implements Image {
    private final byte[] bytes;

    private Copy(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public int size() {
      return bytes.length;
    }
  }
}
