/**
 * Lets a module in, or says by name what is wrong with it: bytes in, checked and capped bytes out.
 *
 * <p>{@link org.cloudramp.sandbox.core.gate.ModuleGate} is the front door. Behind it the way of the
 * bytes is {@code Cursor} (reads one number at a time and never past the end) → {@code
 * ModuleReader} (the sections and their order) → {@code DeclarationReader}, {@code SegmentReader}
 * and {@code FunctionBodyReader} (what is in them) → {@code ModuleWriter} (the capped module, with
 * the {@code StateFunctions} that put its globals back, and a call in front of each of its {@code
 * BulkOperations}). {@code CompileCost} adds up on the way what an engine will have to do, and
 * {@code Location} follows the pass, so that every refusal can say where it happened.
 *
 * <p>Knows WebAssembly's binary format and its own limits. Must not know engines, services, the
 * guest ABI or the settings' names.
 */
@NullMarked
package org.cloudramp.sandbox.core.gate;

import org.jspecify.annotations.NullMarked;
