/**
 * Lets a module in, or says by name what is wrong with it: bytes in, checked and capped bytes out.
 *
 * <p>Knows WebAssembly's binary format and its own limits. Must not know engines, services, the
 * guest ABI or the settings' names.
 */
@NullMarked
package org.cloudramp.sandbox.core.gate;

import org.jspecify.annotations.NullMarked;
