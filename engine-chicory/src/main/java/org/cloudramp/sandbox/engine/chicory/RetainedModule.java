package org.cloudramp.sandbox.engine.chicory;

import com.dylibso.chicory.compiler.internal.ClassLoadingCollector;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.CodeSection;
import com.dylibso.chicory.wasm.types.FunctionBody;
import java.util.List;
import java.util.function.Function;

/**
 * What is kept of a module when it is compiled: all that an instance is made of, and no
 * instructions, of which each is an object of 60 bytes or more.
 *
 * @param module the module without its code
 * @param machines makes the code of an instance; the classes of the module are loaded
 * @param bytes about how many bytes this takes
 */
record RetainedModule(WasmModule module, Function<Instance, Machine> machines, long bytes) {
  /**
   * In the place of every function's. Chicory counts the bodies when it makes an instance, and
   * looks into them only to interpret them, which is switched off.
   */
  private static final FunctionBody NO_CODE = new FunctionBody(List.of(), List.of());

  /** Bytes of metaspace for each byte of a class file; measured: 1.2 to 3.0. */
  private static final long METASPACE_OF_CLASS_BYTES = 3;

  /** Bytes of heap for a function or an element of a table; measured: 82 and 100. */
  private static final long HEAP_OF_AN_ITEM = 120;

  /** Bytes of heap for what has a name, a type or an expression of its own. */
  private static final long HEAP_OF_A_DECLARATION = 400;

  /** Bytes of heap and metaspace for a module of which there is nothing else to say. */
  private static final long AT_LEAST = 128 << 10;

  /** From a module that was validated, and has no start section. */
  static RetainedModule of(WasmModule module, ClassLoadingCollector classes) {
    return new RetainedModule(
        withoutCode(module), classes.machineFactory(), heapOf(module) + metaspaceOf(classes));
  }

  private static WasmModule withoutCode(WasmModule module) {
    CodeSection.Builder code = CodeSection.builder();
    code.setRequiresDataCount(module.codeSection().isRequiresDataCount());
    for (int i = 0; i < module.codeSection().functionBodyCount(); i++) {
      code.addFunctionBody(NO_CODE);
    }
    WasmModule.Builder copy =
        WasmModule.builder()
            .withValidation(false)
            .setTypeSection(module.typeSection())
            .setImportSection(module.importSection())
            .setFunctionSection(module.functionSection())
            .setTableSection(module.tableSection())
            .setGlobalSection(module.globalSection())
            .setExportSection(module.exportSection())
            .setElementSection(module.elementSection())
            .setCodeSection(code.build())
            .setDataSection(module.dataSection());
    module.memorySection().ifPresent(copy::setMemorySection);
    module.dataCountSection().ifPresent(copy::setDataCountSection);
    module.tagSection().ifPresent(copy::setTagSection);
    return copy.build();
  }

  private static long metaspaceOf(ClassLoadingCollector classes) {
    long bytes = 0;
    for (byte[] each : classes.classBytes().values()) {
      bytes += each.length;
    }
    return METASPACE_OF_CLASS_BYTES * bytes;
  }

  private static long heapOf(WasmModule module) {
    long items = module.functionSection().functionCount();
    for (int i = 0; i < module.elementSection().elementCount(); i++) {
      items += module.elementSection().getElement(i).initializers().size();
    }
    long declarations =
        (long) module.typeSection().subTypeCount()
            + module.importSection().importCount()
            + module.globalSection().globalCount()
            + module.exportSection().exportCount()
            + module.elementSection().elementCount()
            + module.dataSection().dataSegmentCount();
    long bytes = 0;
    for (int i = 0; i < module.dataSection().dataSegmentCount(); i++) {
      bytes += module.dataSection().getDataSegment(i).data().length;
    }
    for (int i = 0; i < module.exportSection().exportCount(); i++) {
      bytes += 2L * module.exportSection().getExport(i).name().length();
    }
    for (int i = 0; i < module.importSection().importCount(); i++) {
      bytes += 2L * module.importSection().getImport(i).module().length();
      bytes += 2L * module.importSection().getImport(i).name().length();
    }
    return AT_LEAST + HEAP_OF_AN_ITEM * items + HEAP_OF_A_DECLARATION * declarations + bytes;
  }
}
