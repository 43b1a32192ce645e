/**
 * Where uploaded modules are kept.
 *
 * <p>Knows versions by digest and one pointer per service. Must not know what is in the bytes.
 */
@NullMarked
package org.cloudramp.sandbox.api.store;

import org.jspecify.annotations.NullMarked;
