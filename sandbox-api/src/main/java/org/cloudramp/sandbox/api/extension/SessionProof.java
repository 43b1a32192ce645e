package org.cloudramp.sandbox.api.extension;

import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.kv.LogPosition;

/**
 * By what a client shows that a session is its own, and how far it has got.
 *
 * @param connection of the session
 * @param key of the secret that the client has
 * @param nextKey of the secret that takes its place; a session that has this key already is the
 *     client's too: it was resumed before, and the answer was lost
 * @param after the client has all up to here
 * @param user who asks; a session of another user is not theirs
 */
@Experimental
public record SessionProof(
    ConnectionId connection, Bytes key, Bytes nextKey, LogPosition after, String user) {}
