/** What the rest of the server may rely on here. */
@NullMarked
package org.cloudramp.sandbox.server.http;

import org.jspecify.annotations.NullMarked;
