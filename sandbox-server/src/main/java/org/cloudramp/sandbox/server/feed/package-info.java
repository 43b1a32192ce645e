/**
 * What services say and do, for those who write their code: lines of their guests, faults, rests.
 * {@link org.cloudramp.sandbox.server.feed.Feed} hears of it, keeps the last faults of each
 * service, and passes all of it on to whoever has a {@link
 * org.cloudramp.sandbox.server.feed.Subscription}. {@link
 * org.cloudramp.sandbox.server.feed.HookCounts} counts hooks while somebody asks.
 *
 * <p>What is kept and what waits is bounded for each service, each subscription and the process; a
 * subscriber that does not keep up is cut off and told so. Nobody who tells waits for one who
 * listens.
 *
 * <p>Knows what the core tells of hooks and services. Must not know requests, or how anything is
 * written down.
 */
@NullMarked
package org.cloudramp.sandbox.server.feed;

import org.jspecify.annotations.NullMarked;
