/**
 * Those who take turns at something scarce: threads of the API, the way into rooms, the time of a
 * loop for its sockets.
 *
 * <p>Knows whose the waiting ones are, as far as that they have one line. Must not know what they
 * wait for, or how many may.
 */
@NullMarked
package org.cloudramp.sandbox.server.turns;

import org.jspecify.annotations.NullMarked;
