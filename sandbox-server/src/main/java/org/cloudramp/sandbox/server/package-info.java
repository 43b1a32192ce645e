/**
 * The server to run: rooms over WebSocket, an API for uploads, and a page to try it with.
 *
 * <p>{@link org.cloudramp.sandbox.server.Server} is the command, {@link
 * org.cloudramp.sandbox.server.SandboxServer} the wiring. A frame comes in through {@code rooms},
 * an upload through {@code http}; both end at the front door of the core. {@code access} says who
 * may, by {@code token} for example, and {@code config} how much. {@code websocket} is the
 * protocol, {@code loop} what carries it and runs the hooks.
 *
 * <p>Knows the root package of the core and the rooms. Must not know any engine or store by name
 * other than in settings, and nobody may know the server.
 */
@NullMarked
package org.cloudramp.sandbox.server;

import org.jspecify.annotations.NullMarked;
