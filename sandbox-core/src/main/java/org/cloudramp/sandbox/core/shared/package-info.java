/**
 * Rooms over many servers: each server that has a hook or a connection in a room follows the room's
 * log, keeps a copy of its roster, and performs what the log says in its order. And the lease by
 * which the others know that this server lives.
 *
 * <p>Knows the logs, rosters and leases of the KV SPI, the effects that happen everywhere, and who
 * follows. Must not know guests, queues, or how a hook is committed.
 */
@NullMarked
package org.cloudramp.sandbox.core.shared;

import org.jspecify.annotations.NullMarked;
