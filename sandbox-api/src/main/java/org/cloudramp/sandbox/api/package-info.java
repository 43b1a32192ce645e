/**
 * The words everything else is said in: ids, digests, bytes and payloads.
 *
 * <p>Knows the JDK only. Must not know any engine, store, wire format or thread.
 */
@NullMarked
package org.cloudramp.sandbox.api;

import org.jspecify.annotations.NullMarked;
