/**
 * How a version becomes something that runs: which one is live, its bytes from the store through
 * gate and engine, and a pool of instances.
 *
 * <p>Knows stores, the gate, engines by their SPI, and guest programs. Must not know rooms, queues
 * or transactions.
 */
@NullMarked
package org.cloudramp.sandbox.core.module;

import org.jspecify.annotations.NullMarked;
