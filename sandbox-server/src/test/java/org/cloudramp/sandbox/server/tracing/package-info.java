/** Tests of the package of the same name. */
@NullMarked
package org.cloudramp.sandbox.server.tracing;

import org.jspecify.annotations.NullMarked;
