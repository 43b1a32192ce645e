/**
 * The WebSocket protocol (RFC 6455), the server's side of it: bytes to messages, messages to bytes,
 * and how a conversation ends.
 *
 * <p>{@code FrameDecoder} takes what clients send apart and trusts nothing of it; {@link
 * org.cloudramp.sandbox.server.websocket.OutgoingFrame} is what they are sent; {@link
 * org.cloudramp.sandbox.server.websocket.WebSocketSession} is one conversation from its first frame
 * to its close. {@link org.cloudramp.sandbox.server.websocket.Handshake} comes before it. No
 * extension is spoken.
 *
 * <p>Knows frames, and a {@link org.cloudramp.sandbox.server.websocket.Transport} that carries
 * bytes. Must not know rooms, sockets, selectors or threads.
 */
@NullMarked
package org.cloudramp.sandbox.server.websocket;

import org.jspecify.annotations.NullMarked;
