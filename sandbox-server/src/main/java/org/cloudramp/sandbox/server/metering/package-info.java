/**
 * What each service has taken of this server since it started, for whoever bills: totals that only
 * grow, told by the API and kept in a file.
 *
 * <p>Knows calls and their results, what the core tells of services, and what is sent to
 * connections. Must not know sockets, prices, or what became of the totals of other starts.
 */
@NullMarked
package org.cloudramp.sandbox.server.metering;

import org.jspecify.annotations.NullMarked;
