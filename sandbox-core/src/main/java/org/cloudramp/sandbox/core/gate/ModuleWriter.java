package org.cloudramp.sandbox.core.gate;

import org.cloudramp.sandbox.core.gate.IndexSpaces.FunctionType;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Memory;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Table;
import org.cloudramp.sandbox.core.gate.ParsedModule.Items;

/**
 * Writes the capped module: the sections of the upload in the same order, with the maxima of tables
 * and memory at the limit, without custom sections, and with {@link StateFunctions} appended.
 *
 * <p>What is appended comes last in its index space, so no index of the upload changes its meaning.
 */
final class ModuleWriter {
  private final byte[] original;
  private final ParsedModule module;
  private final IndexSpaces spaces;
  private final StateFunctions state;
  private final WasmOutput output = new WasmOutput();

  private ModuleWriter(byte[] original, ParsedModule module) {
    this.original = original;
    this.module = module;
    spaces = module.spaces();
    state = new StateFunctions(spaces);
  }

  /** The capped form of {@code original}, which was read as {@code module}. */
  static byte[] write(byte[] original, ParsedModule module) {
    return new ModuleWriter(original, module).write();
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

  private void functions() {
    WasmOutput content = extended(Section.FUNCTION, state.functionCount());
    for (int i = 0; i < state.functionCount(); i++) {
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
    WasmOutput content = extended(Section.EXPORT, 2);
    content.name(CheckedModule.SAVE).u8(ExternalKind.FUNCTION.code()).u32(state.saveFunction());
    content
        .name(CheckedModule.RESTORE)
        .u8(ExternalKind.FUNCTION.code())
        .u32(state.restoreFunction());
    section(Section.EXPORT, content);
  }

  private void dataCount() {
    if (spaces.dataSegments > 0) {
      section(Section.DATA_COUNT, new WasmOutput().u32(spaces.dataSegments));
    }
  }

  private void code() {
    WasmOutput content = extended(Section.CODE, state.functionCount());
    state.writeBodies(content);
    section(Section.CODE, content);
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
