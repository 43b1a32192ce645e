package org.cloudramp.sandbox.engine.wasmtime;

import io.github.kawamuray.wasmtime.Module;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.ModuleException.Kind;

/** Native code of one module. */
final class WasmtimeModule implements CompiledModule {
  /** Above this a memory would not fit a {@code ByteBuffer}, nor grow without moving. */
  private static final int MAX_PAGES = 32_767;

  /** Bytes of native code for each byte of a function's body; measured: 0.3 to 5. */
  private static final long NATIVE_OF_CODE_BYTE = 5;

  /** Bytes of native memory for each function; measured: 600. */
  private static final long NATIVE_OF_FUNCTION = 800;

  /** Bytes of native memory for each byte of data, names and elements; measured: 2 to 7. */
  private static final long NATIVE_OF_OTHER_BYTE = 8;

  private static final long AT_LEAST = 64 << 10;

  private final Handles handles;
  private final Module module;
  private final ModuleSections.Description description;
  private final long retainedBytes;

  /** Read: the native module is in use. Write: it is freed. */
  private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();

  private boolean closed;

  private WasmtimeModule(
      Handles handles, Module module, ModuleSections.Description description, int size) {
    this.handles = handles;
    this.module = module;
    this.description = description;
    this.retainedBytes =
        AT_LEAST
            + NATIVE_OF_CODE_BYTE * description.codeBytes()
            + NATIVE_OF_FUNCTION * description.functionCount()
            + NATIVE_OF_OTHER_BYTE * (size - description.codeBytes());
  }

  static WasmtimeModule compile(Handles handles, byte[] wasm) {
    // Else Wasmtime would read text as well, and a file that is a compiled module as native code.
    Module module = Module.fromBinary(handles.compiling(), wasm);
    try {
      return new WasmtimeModule(handles, module, ModuleSections.read(wasm), wasm.length);
    } catch (Throwable e) {
      module.dispose();
      throw e;
    }
  }

  @Override
  public List<FunctionImport> imports() {
    return description.imports();
  }

  @Override
  public Map<String, FunctionSignature> exports() {
    return description.exports();
  }

  @Override
  public long retainedBytes() {
    return retainedBytes;
  }

  @Override
  public Instance instantiate(List<HostImport> imports, InstanceLimits limits) {
    refuseTooManyPages(limits);
    List<HostImport> linked = link(imports);
    Lock lock = life.readLock();
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the module is closed");
      }
      return handles.whileOpen(() -> WasmtimeInstance.make(handles, module, description, linked));
    } finally {
      lock.unlock();
    }
  }

  private void refuseTooManyPages(InstanceLimits limits) {
    if (description.initialPages() > limits.memoryPages()) {
      throw new ModuleException(
          Kind.LIMIT,
          "its memory starts with %d pages, and %d are allowed"
              .formatted(description.initialPages(), limits.memoryPages()));
    }
    int allowed = Math.min(limits.memoryPages(), MAX_PAGES);
    if (description.maximumPages() > allowed) {
      throw new ModuleException(
          Kind.LIMIT,
          "its memory may grow to %d pages, %d are allowed, and engine 'wasmtime' cannot stop it there"
              .formatted(description.maximumPages(), allowed));
    }
  }

  /** The host functions in the order of the module's imports. */
  private List<HostImport> link(List<HostImport> offered) {
    List<HostImport> linked = new ArrayList<>();
    for (FunctionImport wanted : description.imports()) {
      linked.add(wanted.findIn(offered));
    }
    return linked;
  }

  /** Waits for instances that are being made. Those that are made keep the native code alive. */
  @Override
  public void close() {
    Lock lock = life.writeLock();
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        module.dispose();
      }
    } finally {
      lock.unlock();
    }
  }
}
