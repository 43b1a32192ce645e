/**
 * The rooms of this server: each has one queue, runs one task at a time in the order of arrival,
 * and keeps the memory of its guest between hooks.
 *
 * <p>Knows addresses, calls, places in a queue, patience, and that a task ends. Must not know how a
 * hook is run, what it reads and writes, or who is a member.
 */
@NullMarked
package org.cloudramp.sandbox.core.room;

import org.jspecify.annotations.NullMarked;
