/**
 * What every plugin has in common: a name, a start with its own settings, and an end.
 *
 * <p>Knows nothing of what a plugin does. Must not know how plugins are found; that is the
 * catalogue's, in the core.
 */
@NullMarked
package org.cloudramp.sandbox.api.plugin;

import org.jspecify.annotations.NullMarked;
