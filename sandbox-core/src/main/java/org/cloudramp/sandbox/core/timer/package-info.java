/**
 * Timers whose time has come: claims them of the store, hands them to their rooms, and tries those
 * again whose hook has failed.
 *
 * <p>Knows the KV SPI, the way into rooms, and what a result means for a timer. Must not know how a
 * hook is run, nor how timers are set: that is a part of a hook's transaction.
 */
@NullMarked
package org.cloudramp.sandbox.core.timer;

import org.jspecify.annotations.NullMarked;
