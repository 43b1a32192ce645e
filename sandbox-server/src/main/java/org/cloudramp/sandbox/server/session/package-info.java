/**
 * The bytes of the subprotocol {@code sandbox.v1}, as docs/protocol.md specifies them: what a
 * client says ({@link org.cloudramp.sandbox.server.session.ClientFrame}) and what it is told
 * ({@link org.cloudramp.sandbox.server.session.ServerFrames}).
 *
 * <p>Knows messages, connections and positions. Must not know sockets, rooms, or what follows on a
 * frame.
 */
@NullMarked
package org.cloudramp.sandbox.server.session;

import org.jspecify.annotations.NullMarked;
