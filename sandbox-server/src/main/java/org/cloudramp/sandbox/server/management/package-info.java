/**
 * A port of its own for whoever looks after the server: whether it is alive, whether it is ready,
 * and what it counts. It has its own threads, so that it answers while the server is busy or stops.
 *
 * <p>Knows questions and numbers, and how to ask seldom. Must not know the rooms, nor change
 * anything: nobody needs a token here.
 */
@NullMarked
package org.cloudramp.sandbox.server.management;

import org.jspecify.annotations.NullMarked;
