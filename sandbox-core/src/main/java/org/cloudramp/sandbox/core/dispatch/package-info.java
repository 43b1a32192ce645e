/**
 * Order, budget, transaction: takes calls, runs the hooks of a room one after the other, and lets
 * their effects happen when they have succeeded.
 *
 * <p>Knows rooms, queues, leases, and what a hook reads, writes and emits. Must not know a guest's
 * memory, an engine, or what a host function does.
 */
@NullMarked
package org.cloudramp.sandbox.core.dispatch;

import org.jspecify.annotations.NullMarked;
