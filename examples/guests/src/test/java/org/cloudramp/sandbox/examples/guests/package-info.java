/** The example rooms, run as a host runs them. */
@NullMarked
package org.cloudramp.sandbox.examples.guests;

import org.jspecify.annotations.NullMarked;
