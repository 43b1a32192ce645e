/** What the rest of the server may rely on here. */
@NullMarked
package org.cloudramp.sandbox.server.websocket;

import org.jspecify.annotations.NullMarked;
