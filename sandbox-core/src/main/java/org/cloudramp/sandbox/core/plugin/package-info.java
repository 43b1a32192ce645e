/**
 * Finds plugins among the jars, chooses them by name, starts them and ends them.
 *
 * <p>Knows the names of settings, not what a plugin's own settings mean. Must not know what the
 * plugins are used for.
 */
@NullMarked
package org.cloudramp.sandbox.core.plugin;

import org.jspecify.annotations.NullMarked;
