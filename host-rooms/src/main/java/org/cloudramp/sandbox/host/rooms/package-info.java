/**
 * Rooms and their connections: who is in a room, and how what a guest says gets to them.
 *
 * <p>A server {@linkplain org.cloudramp.sandbox.host.rooms.Rooms#attach announces} a connection and
 * dispatches its {@code Join}; the sandbox tells {@link org.cloudramp.sandbox.host.rooms.Rooms}
 * when that hook begins and ends, and so membership changes in the order of the room, like
 * everything else in it. Guests see the result through the functions of the modules {@code room}
 * and {@code conn}.
 *
 * <p>Knows ids, payloads and {@link org.cloudramp.sandbox.host.rooms.RoomConnection}. Must not know
 * sockets, frames, the guest ABI, or how a hook is run.
 */
@NullMarked
package org.cloudramp.sandbox.host.rooms;

import org.jspecify.annotations.NullMarked;
