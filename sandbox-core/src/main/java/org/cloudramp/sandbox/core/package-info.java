/**
 * The machine room's front door: build a {@link org.cloudramp.sandbox.core.Sandbox}, hand it what
 * happens in rooms, get events.
 *
 * <p>This is the only package of the core that others use, and the one that wires the rest. {@code
 * docs/architecture.md} draws the packages behind it and tells the way of a message through them.
 */
@NullMarked
package org.cloudramp.sandbox.core;

import org.jspecify.annotations.NullMarked;
