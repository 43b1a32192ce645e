/**
 * What the operator is told of the server besides the log of rooms: how much is in use, warnings
 * that strangers can cause, and trouble that lasts.
 *
 * <p>Knows numbers and lines. Must not know what they are about.
 */
@NullMarked
package org.cloudramp.sandbox.server.observe;

import org.jspecify.annotations.NullMarked;
