/**
 * One hook from the head of its room's queue to its result: which version, is it at rest, a lease,
 * the guest, the commit, the effects; and what a failure of any of these means.
 *
 * <p>Knows leases, instances on loan and transactions as wholes, and who is to blame for a failure.
 * Must not know queues, keys one by one, or a guest's memory.
 */
@NullMarked
package org.cloudramp.sandbox.core.run;

import org.jspecify.annotations.NullMarked;
