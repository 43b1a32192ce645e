/**
 * What a folder and a bucket look like inside: the names of the entries, and the two small texts
 * that say what is live and what was published. Stores that share it can be copied into one another
 * with any tool that copies files.
 *
 * <pre>
 * chat/current                    the pointer: which version is live
 * chat/history                    what was published, oldest first
 * chat/versions/(sha-256).wasm    the binaries, never changed once written
 * </pre>
 *
 * <p>Knows names, texts, and in which order they are written. Must not know how they are read,
 * written or locked: that is each store's, as its {@link
 * org.cloudramp.sandbox.api.store.layout.Entries}.
 */
@NullMarked
package org.cloudramp.sandbox.api.store.layout;

import org.jspecify.annotations.NullMarked;
