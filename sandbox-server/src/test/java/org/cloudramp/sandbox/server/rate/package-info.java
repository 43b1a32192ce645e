/** Who has taken how much. */
@NullMarked
package org.cloudramp.sandbox.server.rate;

import org.jspecify.annotations.NullMarked;
