/**
 * Rooms over WebSocket: {@code /rooms/{service}/{room}}.
 *
 * <p>{@link org.cloudramp.sandbox.server.rooms.RoomsEndpoint} answers the upgrade and makes a
 * {@code RoomSocket} of each connection. What comes in is handed to the sandbox, which says when it
 * has a place in the room's queue and when it has run. What goes out goes to the socket's session;
 * what the other end does not take is counted by its {@code Outbox}. {@link
 * org.cloudramp.sandbox.server.rooms.CloseReason} says why connections are closed. {@code RoomPath}
 * knows which paths lead to rooms; whoever comes by another is {@code TurnedAway}.
 *
 * <p>Knows messages, calls and membership. Must not know modules, how a hook runs, or what guests
 * and pages say to each other.
 */
@NullMarked
package org.cloudramp.sandbox.server.rooms;

import org.jspecify.annotations.NullMarked;
