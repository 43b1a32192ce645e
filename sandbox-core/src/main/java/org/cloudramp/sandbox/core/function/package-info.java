/**
 * What guests can call: the functions of the core ({@code kv}, {@code sandbox}) and those of the
 * providers, each bound to the import that asks for it.
 *
 * <p>Knows requests, responses and what a running hook grants. Must not know a guest's memory,
 * queues or instances.
 */
@NullMarked
package org.cloudramp.sandbox.core.function;

import org.jspecify.annotations.NullMarked;
