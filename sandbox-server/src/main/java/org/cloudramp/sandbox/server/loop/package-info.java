/**
 * Event loops that carry WebSockets and run the hooks of their rooms: no message changes threads on
 * its way from one member of a room to the others.
 *
 * <p>{@link org.cloudramp.sandbox.server.loop.EventLoops} has one loop for each core, and each room
 * lives on one of them. Jetty answers the handshake; then {@code AdoptedConnection} takes the
 * socket over. A round of an {@code EventLoop}: read what has come, run the turns of rooms, write.
 * What many are sent is encoded once, in the {@code Slab} of the round, and each member gets one
 * write. What a socket does not take waits in its {@code Backlog}.
 *
 * <p>A hook runs in the middle of that, and it may not return for a long time. So the loop is a
 * relay: the {@code Watchdog} notices, and another thread takes the loop over and goes on. Whatever
 * the hook asks of the loop is written down on its own thread, and done when it has returned.
 *
 * <p>Whose sockets they are matters for one thing: owners, which are services, are served in turns.
 *
 * <p>Knows sockets, turns, and frames as bytes. Must not know rooms' members, what a service is, or
 * why somebody is closed.
 */
@NullMarked
package org.cloudramp.sandbox.server.loop;

import org.jspecify.annotations.NullMarked;
