/** What is counted, and how it is called. */
@NullMarked
package org.cloudramp.sandbox.server.metrics;

import org.jspecify.annotations.NullMarked;
