/**
 * How a host function is declared: one declaration checks the Java lambda, decodes the guest's
 * request and describes the function to an SDK.
 *
 * <p>Knows typed parameters and results. Must not know bytes on the wire, or where the arguments
 * come from.
 */
@NullMarked
package org.cloudramp.sandbox.api.function;

import org.jspecify.annotations.NullMarked;
