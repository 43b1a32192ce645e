package org.cloudramp.sandbox.server.loop;

import org.cloudramp.sandbox.server.websocket.WebSocketListener;

/**
 * What a connection is for.
 *
 * @param listener told of what the client says
 * @param limit of what may wait to be sent to it
 * @param maxMessageBytes of one message of the client's
 */
public record Conversation(WebSocketListener listener, BacklogLimit limit, int maxMessageBytes) {}
