/**
 * Guest ABI 1 as {@code docs/abi.md} specifies it: the mailbox, the codec, and what a module must
 * export.
 *
 * <p>Knows one guest's memory and the layout of bytes in it. Must not know an engine by name,
 * rooms' queues, transactions, or what a host function does.
 */
@NullMarked
package org.cloudramp.sandbox.core.abi;

import org.jspecify.annotations.NullMarked;
