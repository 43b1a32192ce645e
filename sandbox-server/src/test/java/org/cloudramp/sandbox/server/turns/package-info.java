@NullMarked
package org.cloudramp.sandbox.server.turns;

import org.jspecify.annotations.NullMarked;
