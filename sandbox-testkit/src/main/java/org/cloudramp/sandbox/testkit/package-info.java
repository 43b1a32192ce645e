/**
 * What tests of this framework and of its plugins share: guests, and one contract class for each
 * kind of plugin.
 *
 * <p>Knows {@code sandbox-api} and JUnit. Must not know any implementation, nor the core.
 */
@NullMarked
package org.cloudramp.sandbox.testkit;

import org.jspecify.annotations.NullMarked;
