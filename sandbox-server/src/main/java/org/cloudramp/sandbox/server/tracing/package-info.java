/**
 * Follows some calls from the socket to the connections that hear of them, and tells a collector by
 * OpenTelemetry: one trace for each, with a span for each of its steps.
 *
 * <p>Knows calls, their steps, and OpenTelemetry, which nobody else does. Must not know sockets or
 * rooms, nor tell anybody what clients or guests have said: no attribute has a text of theirs.
 * Nothing of it is loaded unless a collector is named.
 */
@NullMarked
package org.cloudramp.sandbox.server.tracing;

import org.jspecify.annotations.NullMarked;
