/**
 * Keys and values of rooms, read in batches and written in transactions.
 *
 * <p>Knows rooms by their address, keys and bytes. Must not know hooks, or how a transaction comes
 * about.
 */
@NullMarked
package org.cloudramp.sandbox.api.kv;

import org.jspecify.annotations.NullMarked;
