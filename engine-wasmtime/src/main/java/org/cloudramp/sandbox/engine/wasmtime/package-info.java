/**
 * Runs guests on Wasmtime: native code, called over JNI.
 *
 * <p>What lies on the other side of JNI believes every pointer it is given, so each native object
 * has one owner here that knows whether it is alive: {@code Handles} for the engine, {@code
 * WasmtimeModule} for a module, {@code StoreGuard} for everything that lives in a store. Read
 * {@link org.cloudramp.sandbox.engine.wasmtime.WasmtimeEngine} first, then {@code StoreGuard}.
 *
 * <p>Knows wasmtime-java and the engine SPI. Must not know the module gate, the guest ABI or the
 * core.
 */
@NullMarked
package org.cloudramp.sandbox.engine.wasmtime;

import org.jspecify.annotations.NullMarked;
