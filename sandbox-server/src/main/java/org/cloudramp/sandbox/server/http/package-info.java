/**
 * Everything that is answered over plain HTTP: the API for uploads, the page, and whether the
 * server is alive.
 *
 * <p>Knows requests and the sandbox's front door. Must not know connections in rooms.
 */
@NullMarked
package org.cloudramp.sandbox.server.http;

import org.jspecify.annotations.NullMarked;
