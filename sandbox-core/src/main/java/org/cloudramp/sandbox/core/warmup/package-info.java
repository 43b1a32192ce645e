/**
 * Runs the hooks of a version with made-up events before anybody waits for them, so that the JVM
 * has loaded and linked its classes, and compiled what is used most.
 *
 * <p>Knows guest programs and the functions that they import. Must not know rooms, stores, or what
 * a module is loaded from; nothing that a guest does here is seen by anybody.
 */
@NullMarked
package org.cloudramp.sandbox.core.warmup;

import org.jspecify.annotations.NullMarked;
