package org.cloudramp.sandbox.core.gate;

import org.cloudramp.sandbox.core.gate.IndexSpaces.FunctionType;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Memory;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Table;
import org.cloudramp.sandbox.core.gate.ParsedModule.Items;

/**
 * Writes the capped module: the sections of the upload in the same order, with the maxima of tables
 * and memory at the limit, without custom sections, and with {@link StateFunctions} appended. If it
 * has bulk operations, an empty function is appended as well, and called in front of each.
 *
 * <p>What is appended comes last in its index space, so no index of the upload changes its meaning.
 */
final class ModuleWriter {
  /** Its opcode and, with less than two million functions, an index of at most three bytes. */
  private static final int MAX_CALL_BYTES = 4;

  private final byte[] original;
  private final ParsedModule module;
  private final IndexSpaces spaces;
  private final StateFunctions state;
  private final WasmOutput output = new WasmOutput();

  private ModuleWriter(byte[] original, ParsedModule module, boolean stateAccess) {
    this.original = original;
    this.module = module;
    spaces = module.spaces();
    state = new StateFunctions(spaces, stateAccess);
  }

  /** How many bytes the writer adds at most for the calls in front of bulk operations. */
  static int maxBytesFor(int bulkOperations) {
    return MAX_CALL_BYTES * bulkOperations;
  }

  /**
   * The capped form of {@code original}, which was read as {@code module}.
   *
   * @param stateAccess whether a host wants to read and set its globals
   */
  static byte[] write(byte[] original, ParsedModule module, boolean stateAccess) {
    return new ModuleWriter(original, module, stateAccess).write();
  }

  private byte[] write() {
    output.u8(0, 'a', 's', 'm', 1, 0, 0, 0);
    types();
    copy(Section.IMPORT);
    functions();
    tables();
    memory();
    globals();
    exports();
    copy(Section.ELEMENT);
    dataCount();
    code();
    copy(Section.DATA);
    return output.toByteArray();
  }

  private void types() {
    if (typeOfStateFunctions() < spaces.types.size()) {
      copy(Section.TYPE);
    } else {
      section(Section.TYPE, extended(Section.TYPE, 1).u8(DeclarationReader.FUNCTION_TYPE, 0, 0));
    }
  }

  /** The module's own type {@code () -> ()}, or the one that is appended. */
  private int typeOfStateFunctions() {
    int own = spaces.types.indexOf(FunctionType.NOTHING);
    return own >= 0 ? own : spaces.types.size();
  }

  private int appendedFunctions() {
    return state.functionCount() + (hasBulkOperations() ? 1 : 0);
  }

  private boolean hasBulkOperations() {
    return module.bulkOperations().count() > 0;
  }

  /** The last of all functions, which does nothing. */
  private int emptyFunction() {
    return spaces.functions.size() + state.functionCount();
  }

  private void functions() {
    WasmOutput content = extended(Section.FUNCTION, appendedFunctions());
    for (int i = 0; i < appendedFunctions(); i++) {
      content.u32(typeOfStateFunctions());
    }
    section(Section.FUNCTION, content);
  }

  private void tables() {
    if (spaces.tables.isEmpty()) {
      return;
    }
    WasmOutput content = new WasmOutput().u32(spaces.tables.size());
    for (Table table : spaces.tables) {
      content
          .u8(table.type().code(), DeclarationReader.WITH_MAXIMUM)
          .u32(table.minimum())
          .u32(table.maximum());
    }
    section(Section.TABLE, content);
  }

  private void memory() {
    for (Memory memory : spaces.memories) {
      WasmOutput content = new WasmOutput().u32(1);
      section(
          Section.MEMORY,
          content.u8(DeclarationReader.WITH_MAXIMUM).u32(memory.minimum()).u32(memory.maximum()));
    }
  }

  private void globals() {
    if (spaces.globals.size() + state.globalCount() == 0) {
      return;
    }
    WasmOutput content = extended(Section.GLOBAL, state.globalCount());
    state.writeGlobals(content);
    section(Section.GLOBAL, content);
  }

  private void exports() {
    WasmOutput content = extended(Section.EXPORT, state.hasAccess() ? 4 : 2);
    content.name(CheckedModule.SAVE).u8(ExternalKind.FUNCTION.code()).u32(state.saveFunction());
    content
        .name(CheckedModule.RESTORE)
        .u8(ExternalKind.FUNCTION.code())
        .u32(state.restoreFunction());
    if (state.hasAccess()) {
      content
          .name(CheckedModule.STORE_GLOBALS)
          .u8(ExternalKind.FUNCTION.code())
          .u32(state.storeGlobalsFunction());
      content
          .name(CheckedModule.LOAD_GLOBALS)
          .u8(ExternalKind.FUNCTION.code())
          .u32(state.loadGlobalsFunction());
    }
    section(Section.EXPORT, content);
  }

  private void dataCount() {
    if (spaces.dataSegments > 0) {
      section(Section.DATA_COUNT, new WasmOutput().u32(spaces.dataSegments));
    }
  }

  private void code() {
    if (!hasBulkOperations()) {
      WasmOutput content = extended(Section.CODE, appendedFunctions());
      state.writeBodies(content);
      section(Section.CODE, content);
      return;
    }
    WasmOutput content =
        new WasmOutput().u32(module.items(Section.CODE).count() + appendedFunctions());
    bodiesWithCalls(content);
    state.writeBodies(content);
    section(Section.CODE, content.sized(new WasmOutput().u32(0).u8(Opcode.END)));
  }

  /** The bodies of the upload, with a call in front of each bulk operation. */
  private void bodiesWithCalls(WasmOutput output) {
    Items items = module.items(Section.CODE);
    BulkOperations bulkOperations = module.bulkOperations();
    Cursor bodies = new Cursor(original, new Location());
    bodies.skip(items.start());
    int next = 0;
    for (int i = 0; i < items.count(); i++) {
      Cursor body = bodies.sized("the body");
      WasmOutput withCalls = new WasmOutput();
      int copied = body.position();
      while (next < bulkOperations.count() && bulkOperations.offset(next) < body.end()) {
        int offset = bulkOperations.offset(next++);
        withCalls.raw(original, copied, offset).u8(Opcode.CALL).u32(emptyFunction());
        copied = offset;
      }
      output.sized(withCalls.raw(original, copied, body.end()));
    }
  }

  private void copy(Section section) {
    if (module.items(section).count() > 0) {
      section(section, extended(section, 0));
    }
  }

  /** The items of the upload's section, counted as {@code more} than they are. */
  private WasmOutput extended(Section section, int more) {
    Items items = module.items(section);
    return new WasmOutput().u32(items.count() + more).raw(original, items.start(), items.end());
  }

  private void section(Section section, WasmOutput content) {
    output.u8(section.id()).sized(content);
  }
}
