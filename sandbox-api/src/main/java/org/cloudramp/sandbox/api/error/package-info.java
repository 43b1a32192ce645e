/**
 * One sealed family of errors whose type tells who has to act: the operator, the uploader, the
 * guest's author, a handler's author, whoever keeps the store, whoever keeps this host, or nobody
 * but the clock: a call that was refused may be made again.
 *
 * <p>Knows words only. Must not know who throws or who catches.
 */
@NullMarked
package org.cloudramp.sandbox.api.error;

import org.jspecify.annotations.NullMarked;
