package org.cloudramp.sandbox.core.abi;

import org.cloudramp.sandbox.api.engine.Memory;

/**
 * The state of a freshly initialised instance, shared by all instances of its program. Immutable.
 *
 * @param memory its memory; its globals each instance keeps for itself
 */
public record GuestImage(Memory.Image memory) {}
