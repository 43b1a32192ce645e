/**
 * What a hook reads, writes and asks for, and how all of it happens or nothing: the overlay over
 * the room's keys, the effects, the commit with its retries and its reservation.
 *
 * <p>Knows the KV SPI, endpoints and limits. Must not know guests, instances, queues, or why a hook
 * runs.
 */
@NullMarked
package org.cloudramp.sandbox.core.transaction;

import org.jspecify.annotations.NullMarked;
