/**
 * From an upload to the version that is live: check, keep, activate, roll back, delete; and which
 * version of each service is live as far as this server knows.
 *
 * <p>Knows the module store and how to check a module. Must not know rooms, hooks or what a module
 * does.
 */
@NullMarked
package org.cloudramp.sandbox.core.publish;

import org.jspecify.annotations.NullMarked;
