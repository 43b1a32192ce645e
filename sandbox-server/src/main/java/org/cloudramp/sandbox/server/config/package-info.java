/**
 * Where settings come from: the command line before the environment before a file before defaults.
 *
 * <p>Knows the settings of the server, {@code sandbox.server.*}, one by one. Must not know what the
 * others mean: they are the core's and the plugins', which refuse what they do not know.
 */
@NullMarked
package org.cloudramp.sandbox.server.config;

import org.jspecify.annotations.NullMarked;
