package org.cloudramp.sandbox.api.kv;

import org.cloudramp.sandbox.api.Experimental;

/**
 * A room at one moment: whoever follows its log from here on and knows the roster misses no change
 * of it.
 *
 * @param position where its log ended
 * @param roster who was in it
 */
@Experimental
public record OpenedRoom(LogPosition position, Roster roster) {}
