/**
 * What every module store must do, as tests.
 *
 * <p>Knows the SPI only. Must not know any store, nor how versions are laid out.
 */
@NullMarked
package org.cloudramp.sandbox.testkit.store;

import org.jspecify.annotations.NullMarked;
