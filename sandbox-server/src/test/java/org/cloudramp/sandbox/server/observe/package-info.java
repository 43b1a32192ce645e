/** What the operator is told. */
@NullMarked
package org.cloudramp.sandbox.server.observe;

import org.jspecify.annotations.NullMarked;
