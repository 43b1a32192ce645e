/**
 * What a host builds into its sandbox: functions for guests and a listener for hooks that belong
 * together, such as the rooms of a server.
 *
 * <p>Knows functions, listeners and rooms by their address. Must not know how a hook is run, or how
 * a room is kept.
 */
@NullMarked
package org.cloudramp.sandbox.api.extension;

import org.jspecify.annotations.NullMarked;
