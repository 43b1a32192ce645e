/**
 * What is said of hooks: listeners, log lines of guests and about hooks, and how many lines a
 * service may have; and of engines and stores, to one who counts.
 *
 * <p>Knows calls, results and services, and what the API says of engines and stores. Must not
 * change what it observes, and must not know how a hook is run.
 */
@NullMarked
package org.cloudramp.sandbox.core.observe;

import org.jspecify.annotations.NullMarked;
