/**
 * What every KV store must do, as tests, and a clock for those that let a test move time.
 *
 * <p>Knows the SPI only. Must not know any store, nor how keys are laid out.
 */
@NullMarked
package org.cloudramp.sandbox.testkit.kv;

import org.jspecify.annotations.NullMarked;
