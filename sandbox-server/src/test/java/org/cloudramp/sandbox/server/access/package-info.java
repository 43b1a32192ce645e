/** Who gets in, and how many. */
@NullMarked
package org.cloudramp.sandbox.server.access;

import org.jspecify.annotations.NullMarked;
