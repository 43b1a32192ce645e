@NullMarked
package org.cloudramp.sandbox.testkit.servers;

import org.jspecify.annotations.NullMarked;
