/** The whole server, as its users see it: over WebSocket, over HTTP, in a browser, as a process. */
@NullMarked
package org.cloudramp.sandbox.server;

import org.jspecify.annotations.NullMarked;
