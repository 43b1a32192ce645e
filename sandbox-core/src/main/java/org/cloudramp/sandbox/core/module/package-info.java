/**
 * How a version becomes something that runs: its bytes from the store through gate and engine, its
 * instances, and what a room keeps of one.
 *
 * <p>Knows stores, the gate, engines by their SPI, and guest programs; of a room only that it keeps
 * an instance. Must not know addresses, queues or transactions.
 */
@NullMarked
package org.cloudramp.sandbox.core.module;

import org.jspecify.annotations.NullMarked;
