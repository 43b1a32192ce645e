/**
 * Keeps modules in a folder, for one machine or for several that share a disk.
 *
 * <p>Knows files: how to read them without being led out of the folder, to replace them so that a
 * crash leaves the old or the new one, and to be alone while doing so. Must not know what is in a
 * module, nor the names and texts of the layout, which are {@link
 * org.cloudramp.sandbox.api.store.layout the API's}.
 */
@NullMarked
package org.cloudramp.sandbox.store.filesystem;

import org.jspecify.annotations.NullMarked;
