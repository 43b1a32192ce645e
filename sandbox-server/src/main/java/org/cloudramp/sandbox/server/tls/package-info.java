/**
 * The certificate with which the server speaks TLS: from two files in PEM, read again when they
 * change.
 *
 * <p>Knows files, keys and the library's context of TLS. Must not know requests.
 */
@NullMarked
package org.cloudramp.sandbox.server.tls;

import org.jspecify.annotations.NullMarked;
