/**
 * A hook seen from outside: what is asked of a guest, and what came of it.
 *
 * <p>Knows ids, payloads, errors, and a timer as the KV SPI has it. Must not know how a hook is
 * run.
 */
@NullMarked
package org.cloudramp.sandbox.api.hook;

import org.jspecify.annotations.NullMarked;
