/**
 * The KV store that needs nothing: keys, and the logs and timers of rooms, in this process's
 * memory, gone when it ends.
 *
 * <p>Knows the KV SPI, as any other store does. Must not know the rest of the core, and the core
 * must not know it but by its name. What the core shares is {@code KvFailure}: it means the same
 * whichever store has failed.
 */
@NullMarked
package org.cloudramp.sandbox.core.kv;

import org.jspecify.annotations.NullMarked;
