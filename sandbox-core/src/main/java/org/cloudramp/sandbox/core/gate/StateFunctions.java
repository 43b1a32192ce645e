package org.cloudramp.sandbox.core.gate;

import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Global;

/**
 * What {@link ModuleWriter} appends so that an instance can be put back to a known state on any
 * engine: a shadow for each mutable global, one for the size of the memory, and the functions that
 * copy there ({@link CheckedModule#SAVE}) and back ({@link CheckedModule#RESTORE}). Where it is
 * asked for, also those that copy the globals into memory ({@link CheckedModule#STORE_GLOBALS}) and
 * back ({@link CheckedModule#LOAD_GLOBALS}), so that a host can keep the whole state.
 *
 * <p>Each of them is a chain of functions of at most {@value #GLOBALS_PER_FUNCTION} globals,
 * because HotSpot never compiles a method of more than 8,000 bytes of bytecode.
 *
 * <p>References are copied like numbers: a global cannot tell the difference, and what it refers to
 * (a function of the same instance, or null) does not change.
 */
final class StateFunctions {
  private static final int GLOBALS_PER_FUNCTION = 256;

  private static final int I32_LOAD = 0x28;
  private static final int I64_LOAD = 0x29;
  private static final int F32_LOAD = 0x2a;
  private static final int F64_LOAD = 0x2b;
  private static final int I32_STORE = 0x36;
  private static final int I64_STORE = 0x37;
  private static final int F32_STORE = 0x38;
  private static final int F64_STORE = 0x39;
  private static final int I32_SUB = 0x6b;

  private final int firstFunction;
  private final int functionsPerChain;
  private final int firstShadow;
  private final boolean memory;
  private final boolean access;
  private final List<WasmType> types = new ArrayList<>();

  /** For each shadow the index of the global behind it. */
  private final List<Integer> globals = new ArrayList<>();

  /**
   * @param wantsAccess whether the globals are to be copied into memory and back; they are not if
   *     one of them is a reference, which memory cannot hold
   */
  StateFunctions(IndexSpaces spaces, boolean wantsAccess) {
    firstFunction = spaces.functions.size();
    firstShadow = spaces.globals.size();
    memory = !spaces.memories.isEmpty();
    for (int i = 0; i < spaces.globals.size(); i++) {
      Global global = spaces.globals.get(i);
      if (global.mutable()) {
        globals.add(i);
        types.add(global.type());
      }
    }
    access =
        wantsAccess
            && memory
            && types.stream()
                .noneMatch(type -> type == WasmType.FUNCREF || type == WasmType.EXTERNREF);
    functionsPerChain =
        Math.max(1, (globals.size() + GLOBALS_PER_FUNCTION - 1) / GLOBALS_PER_FUNCTION);
  }

  int saveFunction() {
    return firstFunction;
  }

  int restoreFunction() {
    return firstFunction + functionsPerChain;
  }

  int storeGlobalsFunction() {
    return firstFunction + 2 * functionsPerChain;
  }

  int loadGlobalsFunction() {
    return firstFunction + 3 * functionsPerChain;
  }

  /** Whether there are functions that copy the globals into memory and back. */
  boolean hasAccess() {
    return access;
  }

  /** How many globals they copy. */
  int accessedGlobals() {
    return globals.size();
  }

  int functionCount() {
    return (access ? 4 : 2) * functionsPerChain;
  }

  int globalCount() {
    return globals.size() + (memory ? 1 : 0);
  }

  /** The shadows as items of the global section, each at zero or null. */
  void writeGlobals(WasmOutput output) {
    for (WasmType type : types) {
      writeGlobal(output, type);
    }
    if (memory) {
      writeGlobal(output, WasmType.I32);
    }
  }

  private static void writeGlobal(WasmOutput output, WasmType type) {
    output.u8(type.code(), 1);
    switch (type) {
      case I32 -> output.u8(Opcode.I32_CONST, 0);
      case I64 -> output.u8(Opcode.I64_CONST, 0);
      case F32 -> output.u8(Opcode.F32_CONST, 0, 0, 0, 0);
      case F64 -> output.u8(Opcode.F64_CONST, 0, 0, 0, 0, 0, 0, 0, 0);
      case FUNCREF, EXTERNREF -> output.u8(Opcode.REF_NULL, type.code());
    }
    output.u8(Opcode.END);
  }

  /** The bodies of all functions as items of the code section. */
  void writeBodies(WasmOutput output) {
    for (int link = 0; link < functionsPerChain; link++) {
      WasmOutput body = new WasmOutput().u32(0);
      if (link == 0 && memory) {
        body.u8(Opcode.MEMORY_SIZE, 0);
        body.u8(Opcode.GLOBAL_SET).u32(sizeShadow());
      }
      copy(body, link, Direction.TO_SHADOWS);
      end(output, body, saveFunction(), link);
    }
    for (int link = 0; link < functionsPerChain; link++) {
      WasmOutput body = new WasmOutput().u32(0);
      if (link == 0 && memory) {
        body.u8(Opcode.MEMORY_SIZE, 0);
        body.u8(Opcode.GLOBAL_GET).u32(sizeShadow());
        body.u8(Opcode.I32_NE, Opcode.IF, Opcode.EMPTY_BLOCK_TYPE);
        body.u8(Opcode.UNREACHABLE, Opcode.END);
      }
      copy(body, link, Direction.FROM_SHADOWS);
      end(output, body, restoreFunction(), link);
    }
    if (access) {
      writeAccess(output);
    }
  }

  private void writeAccess(WasmOutput output) {
    for (int link = 0; link < functionsPerChain; link++) {
      WasmOutput body = new WasmOutput().u32(0);
      for (int i = first(link); i < end(link); i++) {
        address(body, i);
        body.u8(Opcode.GLOBAL_GET).u32(globals.get(i));
        body.u8(store(types.get(i)), 0, 0);
      }
      end(output, body, storeGlobalsFunction(), link);
    }
    for (int link = 0; link < functionsPerChain; link++) {
      WasmOutput body = new WasmOutput().u32(0);
      if (link == 0) {
        address(body, globals.size());
        body.u8(I32_LOAD, 0, 0, Opcode.MEMORY_SIZE, 0, I32_SUB, Opcode.MEMORY_GROW, 0, Opcode.DROP);
      }
      for (int i = first(link); i < end(link); i++) {
        address(body, i);
        body.u8(load(types.get(i)), 0, 0);
        body.u8(Opcode.GLOBAL_SET).u32(globals.get(i));
      }
      end(output, body, loadGlobalsFunction(), link);
    }
  }

  /** Puts the address of the n-th slot of a global on the stack. */
  private static void address(WasmOutput body, int slot) {
    body.u8(Opcode.I32_CONST).s32(slot * CheckedModule.GLOBAL_SLOT_BYTES);
  }

  private static int store(WasmType type) {
    return switch (type) {
      case I32 -> I32_STORE;
      case I64 -> I64_STORE;
      case F32 -> F32_STORE;
      case F64 -> F64_STORE;
      case FUNCREF, EXTERNREF -> throw new AssertionError("references have no access");
    };
  }

  private static int load(WasmType type) {
    return switch (type) {
      case I32 -> I32_LOAD;
      case I64 -> I64_LOAD;
      case F32 -> F32_LOAD;
      case F64 -> F64_LOAD;
      case FUNCREF, EXTERNREF -> throw new AssertionError("references have no access");
    };
  }

  private static int first(int link) {
    return link * GLOBALS_PER_FUNCTION;
  }

  private int end(int link) {
    return Math.min(first(link) + GLOBALS_PER_FUNCTION, globals.size());
  }

  private int sizeShadow() {
    return firstShadow + globals.size();
  }

  private enum Direction {
    TO_SHADOWS,
    FROM_SHADOWS
  }

  private void copy(WasmOutput body, int link, Direction direction) {
    for (int i = first(link); i < end(link); i++) {
      int global = globals.get(i);
      int shadow = firstShadow + i;
      boolean save = direction == Direction.TO_SHADOWS;
      body.u8(Opcode.GLOBAL_GET).u32(save ? global : shadow);
      body.u8(Opcode.GLOBAL_SET).u32(save ? shadow : global);
    }
  }

  private void end(WasmOutput output, WasmOutput body, int chain, int link) {
    if (link + 1 < functionsPerChain) {
      body.u8(Opcode.CALL).u32(chain + link + 1);
    }
    body.u8(Opcode.END);
    output.sized(body);
  }
}
