/**
 * Runs guests on Chicory: WebAssembly compiled to JVM bytecode, in pure Java.
 *
 * <p>Read {@link org.cloudramp.sandbox.engine.chicory.ChicoryEngine} first, then {@code
 * TimeBudget}, in which the watchdog and the guest's thread agree on who may interrupt whom.
 *
 * <p>Knows Chicory and the engine SPI. Must not know the module gate, the guest ABI or the core.
 */
@NullMarked
package org.cloudramp.sandbox.engine.chicory;

import org.jspecify.annotations.NullMarked;
