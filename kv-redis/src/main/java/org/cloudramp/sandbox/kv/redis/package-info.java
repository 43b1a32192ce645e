/**
 * Keeps the keys of rooms, and their logs, in Redis.
 *
 * <p>Knows Redis, through Lettuce: into which partitions rooms are divided, how keys are named so
 * that no room reaches another's, the one script that commits, the channels that tell of it and
 * what they lose, and what each error of the server means to the caller. Must not know hooks, or
 * why a transaction reads and writes what it does.
 */
@NullMarked
package org.cloudramp.sandbox.kv.redis;

import org.jspecify.annotations.NullMarked;
