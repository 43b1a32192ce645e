/**
 * Tokens: what they allow, how they are made, written down and recognised, and when they stop being
 * valid.
 *
 * <p>Nothing here keeps a token itself: what is written down is its hash. Knows texts, hashes and a
 * file. Must not know HTTP, or what anybody does with a scope.
 */
@NullMarked
package org.cloudramp.sandbox.server.token;

import org.jspecify.annotations.NullMarked;
