@NullMarked
package org.cloudramp.sandbox.server.jointoken;

import org.jspecify.annotations.NullMarked;
