/**
 * Keys and values of rooms, read in batches and written in transactions; their logs, rosters and
 * timers.
 *
 * <p>{@link org.cloudramp.sandbox.api.kv.KvStore} is what a store implements. One that keeps logs
 * implements {@link org.cloudramp.sandbox.api.kv.RoomLog} as well, and finds in {@link
 * org.cloudramp.sandbox.api.kv.LogFollowers} what turns news that come late, twice or not at all
 * into entries without holes. With the logs come the {@linkplain
 * org.cloudramp.sandbox.api.kv.Roster rosters} of rooms, which change in the same commits, and the
 * {@linkplain org.cloudramp.sandbox.api.kv.ServerLeases leases} of the servers whose connections
 * they name. One that keeps timers implements {@link org.cloudramp.sandbox.api.kv.RoomTimers}; one
 * that lets its operator look into rooms, {@link org.cloudramp.sandbox.api.kv.RoomInspector}.
 *
 * <p>Knows rooms by their address, keys and bytes. Must not know hooks, what an entry of a log
 * means, or how a transaction comes about.
 */
@NullMarked
package org.cloudramp.sandbox.api.kv;

import org.jspecify.annotations.NullMarked;
