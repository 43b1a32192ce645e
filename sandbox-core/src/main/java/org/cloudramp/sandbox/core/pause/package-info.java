/**
 * How long the whole process has stood still, so that nobody is blamed for it, or charged.
 *
 * <p>Knows clocks, a sleeping thread and the JVM's garbage collectors. Must not know who asks, or
 * what for.
 */
@NullMarked
package org.cloudramp.sandbox.core.pause;

import org.jspecify.annotations.NullMarked;
