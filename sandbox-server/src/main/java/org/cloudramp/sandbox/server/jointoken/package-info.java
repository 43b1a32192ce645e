/**
 * Join tokens: who somebody is that wants to join a room, said by somebody whom the operator trusts
 * and signed by them. A token is a JWT; {@link org.cloudramp.sandbox.server.jointoken.JoinPolicy}
 * decides what it is worth for a room.
 *
 * <p>Whatever is in a token is a stranger's until its signature was checked, with a key that the
 * operator has named and the one algorithm that this key is for. Nothing that a token says leads to
 * a key anywhere else.
 *
 * <p>Knows texts, keys, and where the operator publishes them. Must not know sockets, the requests
 * that tokens come with, or the tokens of the API, which are no JWTs.
 */
@NullMarked
package org.cloudramp.sandbox.server.jointoken;

import org.jspecify.annotations.NullMarked;
