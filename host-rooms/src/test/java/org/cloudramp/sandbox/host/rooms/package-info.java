/** What guests and servers may rely on in rooms. */
@NullMarked
package org.cloudramp.sandbox.host.rooms;

import org.jspecify.annotations.NullMarked;
