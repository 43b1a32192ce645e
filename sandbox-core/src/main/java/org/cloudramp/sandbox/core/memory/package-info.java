/**
 * The memory of a guest whose room is on several servers, as a value in the store: in granules of 4
 * KiB, under a version, committed with the hook that changed it. What a server has of that, how it
 * fetches what it lacks, and how an instance is brought to it.
 *
 * <p>Knows the KV SPI, and one guest's memory and globals. Must not know why a hook runs, who is in
 * a room, how a commit is tried again, or where instances are kept.
 */
@NullMarked
package org.cloudramp.sandbox.core.memory;

import org.jspecify.annotations.NullMarked;
