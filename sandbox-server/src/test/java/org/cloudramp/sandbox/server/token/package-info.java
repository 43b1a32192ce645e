/** What is written down of tokens, and when it is read again. */
@NullMarked
package org.cloudramp.sandbox.server.token;

import org.jspecify.annotations.NullMarked;
