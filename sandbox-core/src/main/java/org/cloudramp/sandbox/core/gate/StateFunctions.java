package org.cloudramp.sandbox.core.gate;

import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Global;

/**
 * What {@link ModuleWriter} appends so that an instance can be put back to a known state on any
 * engine: a shadow for each mutable global, one for the size of the memory, and the functions that
 * copy there ({@link CheckedModule#SAVE}) and back ({@link CheckedModule#RESTORE}).
 *
 * <p>Each of the two is a chain of functions of at most {@value #GLOBALS_PER_FUNCTION} globals,
 * because HotSpot never compiles a method of more than 8,000 bytes of bytecode.
 *
 * <p>References are copied like numbers: a global cannot tell the difference, and what it refers to
 * (a function of the same instance, or null) does not change.
 */
final class StateFunctions {
  private static final int GLOBALS_PER_FUNCTION = 256;

  private final int firstFunction;
  private final int functionsPerChain;
  private final int firstShadow;
  private final boolean memory;
  private final List<WasmType> types = new ArrayList<>();

  /** For each shadow the index of the global behind it. */
  private final List<Integer> globals = new ArrayList<>();

  StateFunctions(IndexSpaces spaces) {
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
    functionsPerChain =
        Math.max(1, (globals.size() + GLOBALS_PER_FUNCTION - 1) / GLOBALS_PER_FUNCTION);
  }

  int saveFunction() {
    return firstFunction;
  }

  int restoreFunction() {
    return firstFunction + functionsPerChain;
  }

  int functionCount() {
    return 2 * functionsPerChain;
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
  }

  private int sizeShadow() {
    return firstShadow + globals.size();
  }

  private enum Direction {
    TO_SHADOWS,
    FROM_SHADOWS
  }

  private void copy(WasmOutput body, int link, Direction direction) {
    int first = link * GLOBALS_PER_FUNCTION;
    int end = Math.min(first + GLOBALS_PER_FUNCTION, globals.size());
    for (int i = first; i < end; i++) {
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
