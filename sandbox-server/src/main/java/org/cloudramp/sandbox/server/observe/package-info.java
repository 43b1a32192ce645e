/**
 * What the operator is told of the server besides the log of rooms: how much is in use, warnings
 * that strangers can cause, and trouble that lasts; and the words and bounds that metrics and
 * metering share.
 *
 * <p>Knows numbers, lines, and what can become of a call. Must not know what they are about.
 */
@NullMarked
package org.cloudramp.sandbox.server.observe;

import org.jspecify.annotations.NullMarked;
