/**
 * What the server counts and times, for Prometheus.
 *
 * <p>Knows what the front door of the core, the rooms and the loops tell of themselves, and names
 * for it: those of the table in {@code docs/operations.md}. Must not change anything, and must not
 * make a label of what a stranger has chosen: each label has few values, or a bound of its own.
 */
@NullMarked
package org.cloudramp.sandbox.server.metrics;

import org.jspecify.annotations.NullMarked;
