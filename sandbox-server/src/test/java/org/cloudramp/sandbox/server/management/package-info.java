/** What the rest of the server may rely on here. */
@NullMarked
package org.cloudramp.sandbox.server.management;

import org.jspecify.annotations.NullMarked;
