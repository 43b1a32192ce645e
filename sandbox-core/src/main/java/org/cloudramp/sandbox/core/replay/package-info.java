/**
 * Does again what a recording tells, with the same module or another one, and says where the result
 * differs.
 *
 * <p>Knows recordings, the gate, engines by their SPI, and guests by the ABI. Must not know rooms
 * that run, stores, transactions, or what a host function means: the recording answers all calls.
 */
@NullMarked
package org.cloudramp.sandbox.core.replay;

import org.jspecify.annotations.NullMarked;
