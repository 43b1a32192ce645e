/**
 * A room for tests, on a real sandbox: load a module, let users join and speak, move the time, look
 * at what came of it.
 *
 * <p>Knows the core and the rooms, as a server does. Must not know a test framework: it works with
 * JUnit, and with any other.
 */
@NullMarked
package org.cloudramp.sandbox.testkit.rooms;

import org.jspecify.annotations.NullMarked;
