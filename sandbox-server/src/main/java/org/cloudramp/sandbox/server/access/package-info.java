/**
 * Who may ask for what: by which names the server is asked for, pages of which origin open
 * WebSockets, which requests reach the parts that only the operator may use, and which paths are
 * none.
 *
 * <p>Knows addresses and headers. Must not know rooms or modules.
 */
@NullMarked
package org.cloudramp.sandbox.server.access;

import org.jspecify.annotations.NullMarked;
