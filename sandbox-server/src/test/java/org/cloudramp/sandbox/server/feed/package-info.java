/** What is kept and passed on of what services say and do. */
@NullMarked
package org.cloudramp.sandbox.server.feed;

import org.jspecify.annotations.NullMarked;
