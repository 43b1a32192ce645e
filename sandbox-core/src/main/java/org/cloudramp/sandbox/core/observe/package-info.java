/**
 * What is said of hooks: listeners, log lines of guests and about hooks, and how many lines a
 * service may have.
 *
 * <p>Knows calls, results and services. Must not change what it observes, and must not know how a
 * hook is run.
 */
@NullMarked
package org.cloudramp.sandbox.core.observe;

import org.jspecify.annotations.NullMarked;
