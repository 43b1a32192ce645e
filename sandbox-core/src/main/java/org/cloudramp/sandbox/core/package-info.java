/**
 * The machine room's front door: build a {@link org.cloudramp.sandbox.core.Sandbox}, hand it what
 * happens in rooms, get events.
 *
 * <p>This is the only package of the core that others use. The way of a message leads from here
 * through {@code dispatch} (its room's queue, its budget, its transaction), {@code table} (a lease
 * on a loaded module), {@code abi} (the guest's mailbox) and back.
 */
@NullMarked
package org.cloudramp.sandbox.core;

import org.jspecify.annotations.NullMarked;
