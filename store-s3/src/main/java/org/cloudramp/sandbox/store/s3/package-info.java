/**
 * Keeps modules in a bucket of AWS S3, or of anything that speaks its protocol.
 *
 * <p>Knows S3, through the AWS SDK: conditional writes, by which several publishers work on one
 * bucket without a lock, and what each error means to the caller. Must not know what is in a
 * module, nor the names and texts of the layout, which are {@link
 * org.cloudramp.sandbox.api.store.layout the API's}.
 */
@NullMarked
package org.cloudramp.sandbox.store.s3;

import org.jspecify.annotations.NullMarked;
