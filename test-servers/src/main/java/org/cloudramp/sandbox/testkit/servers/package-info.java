/**
 * The servers that stores are tested with: a real Redis and a real S3 server, each in a process of
 * its own, and ways to make them fail.
 *
 * <p>Knows how to start, stop and disturb servers. Must not know the stores.
 */
@NullMarked
package org.cloudramp.sandbox.testkit.servers;

import org.jspecify.annotations.NullMarked;
