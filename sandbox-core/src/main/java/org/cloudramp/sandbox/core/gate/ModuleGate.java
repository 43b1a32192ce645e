package org.cloudramp.sandbox.core.gate;

import java.util.OptionalInt;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Memory;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Table;

/**
 * Decides which uploads an engine gets to see. Thread-safe.
 *
 * <p>What it guarantees of a module that it let in:
 *
 * <ol>
 *   <li>It is well-formed to the last byte: sections in order, counts and lengths that fit, names
 *       in UTF-8, instructions with good immediates, blocks that are balanced, labels that exist,
 *       every index within what the upload itself declares, active segments that fit.
 *   <li>It is within every one of the {@link GateLimits}, which bounds what an engine spends on it.
 *   <li>It imports functions of numbers and nothing else, runs no code on its own, and uses only
 *       the accepted subset: WebAssembly 1.0 with sign extension, saturating conversions, multiple
 *       values, bulk memory and reference types; without anything that changes a table or drops a
 *       segment, because that would outlive a restore.
 *   <li>Its memory and its tables have a maximum, which is not over the limit.
 *   <li>It exports {@link CheckedModule#SAVE} and {@link CheckedModule#RESTORE}, which no code of
 *       its own can call, and whose shadows no code of its own can see.
 *   <li>It has no custom sections. What its functions are called is kept beside it.
 *   <li>In front of each bulk operation it calls a function that does nothing, so that an engine
 *       that looks at the time at calls does so there.
 * </ol>
 *
 * <p>What it leaves to the engine: the types of operands on the stack, and that {@code ref.func}
 * names a declared function. Engines check both, in time proportional to what the limits bound.
 *
 * <p>Only {@link org.cloudramp.sandbox.api.error.ModuleException} comes out for bytes that are not
 * let in, and its message names the section, the item, and the limit if it is one. It costs one
 * pass over the bytes, and no more memory than a few times their size.
 */
public final class ModuleGate {
  private final GateLimits limits;
  private final boolean stateAccess;

  /** A gate with these limits. */
  public ModuleGate(GateLimits limits) {
    this(limits, false);
  }

  private ModuleGate(GateLimits limits, boolean stateAccess) {
    this.limits = limits;
    this.stateAccess = stateAccess;
  }

  /** This gate, but its modules export {@link CheckedModule#STORE_GLOBALS}, where they can. */
  public ModuleGate withStateAccess() {
    return new ModuleGate(limits, true);
  }

  /** This gate, but with another limit for the memory of a module. */
  public ModuleGate withMemoryPages(int pages) {
    return pages == limits.of(GateLimits.Limit.MEMORY_PAGES)
        ? this
        : new ModuleGate(limits.with(GateLimits.Limit.MEMORY_PAGES, pages), stateAccess);
  }

  /**
   * Lets a module in.
   *
   * @param wasm the upload; not kept, not changed, and not to be changed meanwhile
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind malformed if it is no module of
   *     the accepted subset, limit if there is too much of something, unlinkable if it imports what
   *     no host can give
   */
  public CheckedModule check(byte[] wasm) {
    ParsedModule module = ModuleReader.read(wasm, limits);
    Memory memory =
        module.spaces().memories.isEmpty() ? new Memory(0, 0) : module.spaces().memories.get(0);
    StateFunctions state = new StateFunctions(module.spaces(), stateAccess);
    return new CheckedModule(
        Bytes.adopt(ModuleWriter.write(wasm, module, stateAccess)),
        module.imports(),
        module.exports(),
        memory.minimum(),
        memory.maximum(),
        module.spaces().tables.stream().mapToInt(Table::minimum).sum(),
        module.spaces().globals.size(),
        state.hasAccess() ? OptionalInt.of(state.accessedGlobals()) : OptionalInt.empty(),
        module.names());
  }
}
