/**
 * How fast clients may ask for things: messages, their bytes and joins, for each connection, user,
 * address and service. {@link org.cloudramp.sandbox.server.rate.RateLimits} keeps who has taken how
 * much, and each connection asks its {@link org.cloudramp.sandbox.server.rate.Allowance}.
 *
 * <p>Knows names, addresses and numbers. Must not know sockets, requests, or what becomes of
 * whoever takes too much.
 */
@NullMarked
package org.cloudramp.sandbox.server.rate;

import org.jspecify.annotations.NullMarked;
