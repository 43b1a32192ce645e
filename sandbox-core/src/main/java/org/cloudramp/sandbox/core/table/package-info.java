/**
 * A fixed number of slots for loaded modules, the least recently requested of which makes room.
 *
 * <p>Knows versions, slots, request times and leases. Must not know what a module is made of, how
 * it is loaded, or what runs in it.
 */
@NullMarked
package org.cloudramp.sandbox.core.table;

import org.jspecify.annotations.NullMarked;
