/**
 * What the core asks of a WebAssembly engine, and nothing of how it does it.
 *
 * <p>Knows WebAssembly's words: module, instance, import, memory. Must not know services, rooms,
 * the mailbox or events.
 */
@NullMarked
package org.cloudramp.sandbox.api.engine;

import org.jspecify.annotations.NullMarked;
