package org.cloudramp.sandbox.engine.wasmtime;

import io.github.kawamuray.wasmtime.Store;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.cloudramp.sandbox.api.engine.Memory;
import org.jspecify.annotations.Nullable;

/**
 * A guest's memory, through a buffer that points right into it. To read it after the store was
 * freed kills the JVM, so every access is inside the guard, and the buffer never leaves this class.
 *
 * <p>Fetching the buffer costs a microsecond or two over JNI. It is kept, and fetched again only
 * when an address lies behind its end: a memory grows where it is, because {@code Handles} makes
 * Wasmtime reserve the addresses, and never shrinks. How large the memory is is asked again only if
 * the guest has run since.
 */
final class WasmtimeMemory implements Memory {
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  private final StoreGuard guard;
  private final @Nullable Store<Void> store;
  private final io.github.kawamuray.wasmtime.@Nullable Memory memory;
  private ByteBuffer buffer = NOTHING;

  /** Whether the memory may be larger than the buffer. */
  private boolean mayHaveGrown = true;

  WasmtimeMemory(
      StoreGuard guard,
      @Nullable Store<Void> store,
      io.github.kawamuray.wasmtime.@Nullable Memory memory) {
    this.guard = guard;
    this.store = store;
    this.memory = memory;
  }

  /** For host functions of a guest that exports no memory: no page, so every address is outside. */
  static WasmtimeMemory none(StoreGuard guard) {
    return new WasmtimeMemory(guard, null, null);
  }

  /** Code of the guest runs, or has run. To be called inside the guard. */
  void guestRuns() {
    mayHaveGrown = true;
  }

  @Override
  public int pages() {
    guard.enter();
    try {
      fetchIfGrown();
      return buffer.capacity() / PAGE_BYTES;
    } finally {
      guard.leave();
    }
  }

  @Override
  public int readInt(int address) {
    guard.enter();
    try {
      return reaching(address, 4).getInt(address);
    } finally {
      guard.leave();
    }
  }

  @Override
  public void writeInt(int address, int value) {
    guard.enter();
    try {
      reaching(address, 4).putInt(address, value);
    } finally {
      guard.leave();
    }
  }

  @Override
  public void read(int address, byte[] target, int offset, int length) {
    guard.enter();
    try {
      reaching(address, length).get(address, target, offset, length);
    } finally {
      guard.leave();
    }
  }

  @Override
  public void write(int address, byte[] source, int offset, int length) {
    guard.enter();
    try {
      reaching(address, length).put(address, source, offset, length);
    } finally {
      guard.leave();
    }
  }

  @Override
  public Image capture() {
    guard.enter();
    try {
      fetchIfGrown();
      byte[] bytes = new byte[buffer.capacity()];
      buffer.get(0, bytes);
      return new Copy(bytes);
    } finally {
      guard.leave();
    }
  }

  @Override
  public boolean restore(Image image) {
    if (!(image instanceof Copy copy)) {
      throw new IllegalArgumentException("the image is not one of this engine");
    }
    guard.enter();
    try {
      fetchIfGrown();
      if (buffer.capacity() != copy.bytes.length) {
        return false;
      }
      buffer.put(0, copy.bytes);
      return true;
    } finally {
      guard.leave();
    }
  }

  /** The buffer, fetched again if it does not reach so far. To be used inside the guard. */
  private ByteBuffer reaching(int address, int length) {
    if (address < 0 || length < 0 || buffer.capacity() - length < address) {
      fetch();
      Objects.checkFromIndexSize(address, length, buffer.capacity());
    }
    return buffer;
  }

  private void fetch() {
    if (memory != null && store != null) {
      buffer = memory.buffer(store).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  private void fetchIfGrown() {
    if (mayHaveGrown && memory != null && store != null) {
      if ((long) memory.size(store) * PAGE_BYTES != buffer.capacity()) {
        fetch();
      }
      mayHaveGrown = false;
    }
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
