/**
 * Whose turn it is: threads of a known stack size, and a scheduler that shares them fairly among
 * services.
 *
 * <p>Knows services, tasks and how long they took. Must not know rooms, hooks, or what a task does.
 */
@NullMarked
package org.cloudramp.sandbox.core.schedule;

import org.jspecify.annotations.NullMarked;
