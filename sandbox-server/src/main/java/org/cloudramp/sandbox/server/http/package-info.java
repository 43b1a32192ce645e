/**
 * Everything that is answered over plain HTTP: the API, the page, and whether the server is alive.
 * {@link org.cloudramp.sandbox.server.http.Api} has the routes of the API, of which each part makes
 * its own; {@code openapi.json} describes them, and a test holds the two against each other.
 *
 * <p>Knows requests, the sandbox's front door, and what is heard of services. Must not know
 * sockets: who is in rooms it asks {@link org.cloudramp.sandbox.server.http.ConnectedRooms}.
 */
@NullMarked
package org.cloudramp.sandbox.server.http;

import org.jspecify.annotations.NullMarked;
