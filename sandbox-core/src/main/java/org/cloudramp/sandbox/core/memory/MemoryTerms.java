package org.cloudramp.sandbox.core.memory;

import java.time.Duration;

/**
 * What the memory of a room may take in the store.
 *
 * @param maxBytes of granules that are not all zero
 * @param keptFor how long it stays there after the last hook that changed it
 */
record MemoryTerms(long maxBytes, Duration keptFor) {}
