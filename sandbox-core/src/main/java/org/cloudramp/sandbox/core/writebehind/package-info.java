/**
 * Write-behind, for services whose operator prefers speed to certainty: the writes of a hook are
 * kept in memory, and reach the KV store a moment later.
 *
 * <p>Knows the KV SPI: it is a store in front of another. Must not know hooks, rooms' queues or the
 * store behind it. Without the setting {@code writeBehind.services} nothing of it is used.
 */
@NullMarked
package org.cloudramp.sandbox.core.writebehind;

import org.jspecify.annotations.NullMarked;
