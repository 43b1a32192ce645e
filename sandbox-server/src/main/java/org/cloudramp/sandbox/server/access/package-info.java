/**
 * Who may ask for what: by which names the server is asked for, pages of which origin open
 * WebSockets, which requests bring a token, how many connections there may be, and which paths are
 * none.
 *
 * <p>Knows addresses, headers and tokens. Must not know rooms or modules.
 */
@NullMarked
package org.cloudramp.sandbox.server.access;

import org.jspecify.annotations.NullMarked;
