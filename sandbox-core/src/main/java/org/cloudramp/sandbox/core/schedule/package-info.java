/**
 * Whose turn it is, and where: threads of a known stack size, a scheduler that shares them fairly
 * among services, and loops of the embedder's for turns that are short.
 *
 * <p>{@link org.cloudramp.sandbox.core.schedule.TurnScheduler} decides where a turn runs, by what
 * turns of its service have taken; {@link org.cloudramp.sandbox.core.schedule.ServiceScheduler}
 * shares the threads.
 *
 * <p>Knows services, turns and how long they took. Must not know rooms, hooks, or what a turn does.
 */
@NullMarked
package org.cloudramp.sandbox.core.schedule;

import org.jspecify.annotations.NullMarked;
