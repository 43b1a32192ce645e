/**
 * Who may ask for what: by which names the server is asked for, pages of which origin open
 * WebSockets, and which requests reach the parts that only the operator may use.
 *
 * <p>Knows addresses and headers. Must not know rooms or modules.
 */
@NullMarked
package org.cloudramp.sandbox.server.access;

import org.jspecify.annotations.NullMarked;
