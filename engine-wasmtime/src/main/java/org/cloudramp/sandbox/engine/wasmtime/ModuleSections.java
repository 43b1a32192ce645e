package org.cloudramp.sandbox.engine.wasmtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.FunctionSignature.NumberType;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.ModuleException.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the binding cannot tell about a module: its exports and the size of its memory.
 *
 * <p>For modules that Wasmtime has validated, and no others: it relies on every count and length.
 */
final class ModuleSections {
  /**
   * What a module says about itself.
   *
   * @param imports the functions it imports, in its order
   * @param exports the functions it exports whose types are numbers, in its order
   * @param exportsMemory whether it exports a memory named {@code memory}
   * @param initialPages how large its memory is at first, 0 if it has none
   * @param maximumPages how large its memory may grow, 65,536 if it does not say
   * @param functionCount how many functions it defines
   * @param codeBytes the size of its code section, 0 if it has none
   */
  record Description(
      List<FunctionImport> imports,
      Map<String, FunctionSignature> exports,
      boolean exportsMemory,
      int initialPages,
      int maximumPages,
      int functionCount,
      int codeBytes) {}

  private static final int FUNCTION = 0;
  private static final int MEMORY = 2;

  private final byte[] wasm;
  private int at = 8; // behind magic number and version

  /** {@code null} where a type holds something that is no number. */
  private final List<@Nullable FunctionSignature> types = new ArrayList<>();

  private final List<FunctionImport> imports = new ArrayList<>();
  private final List<@Nullable FunctionSignature> functions = new ArrayList<>();
  private final Map<String, FunctionSignature> exports = new LinkedHashMap<>();
  private boolean exportsMemory;
  private int initialPages;
  private int maximumPages;
  private int codeBytes;

  private ModuleSections(byte[] wasm) {
    this.wasm = wasm;
  }

  /**
   * Reads a valid module.
   *
   * @throws ModuleException if it has a start section, or an import that is no function of numbers
   */
  static Description read(byte[] wasm) {
    ModuleSections reader = new ModuleSections(wasm);
    while (reader.at < wasm.length) {
      reader.section();
    }
    return new Description(
        List.copyOf(reader.imports),
        Collections.unmodifiableMap(reader.exports),
        reader.exportsMemory,
        reader.initialPages,
        reader.maximumPages,
        reader.functions.size() - reader.imports.size(),
        reader.codeBytes);
  }

  private void section() {
    int id = wasm[at++];
    int size = number();
    int end = at + size;
    switch (id) {
      case 1 -> repeat(this::type);
      case 2 -> repeat(this::oneImport);
      case 3 -> repeat(() -> functions.add(types.get(number())));
      case 5 -> repeat(this::memory);
      case 7 -> repeat(this::export);
      case 8 -> throw new ModuleException(Kind.MALFORMED, "the module has a start section");
      case 10 -> codeBytes = size;
      default -> {
        // nothing that anybody asks for
      }
    }
    at = end;
  }

  private void repeat(Runnable item) {
    for (int left = number(); left > 0; left--) {
      item.run();
    }
  }

  private void type() {
    at++; // 0x60, a function; the validated versions know no other type
    List<NumberType> parameters = numberTypes();
    List<NumberType> results = numberTypes();
    types.add(
        parameters == null || results == null ? null : new FunctionSignature(parameters, results));
  }

  private @Nullable List<NumberType> numberTypes() {
    List<NumberType> read = new ArrayList<>();
    boolean numbersOnly = true;
    for (int left = number(); left > 0; left--) {
      switch (wasm[at++]) {
        case 0x7f -> read.add(NumberType.I32);
        case 0x7e -> read.add(NumberType.I64);
        case 0x7d -> read.add(NumberType.F32);
        case 0x7c -> read.add(NumberType.F64);
        default -> numbersOnly = false;
      }
    }
    return numbersOnly ? read : null;
  }

  private void oneImport() {
    String module = text();
    String name = text();
    int kind = wasm[at++];
    FunctionSignature signature = kind == FUNCTION ? types.get(number()) : null;
    if (signature == null) {
      throw new ModuleException(
          Kind.UNLINKABLE,
          "import %s.%s is no function of numbers, and nothing else can be imported"
              .formatted(module, name));
    }
    imports.add(new FunctionImport(module, name, signature));
    functions.add(signature);
  }

  private void memory() {
    boolean hasMaximum = (wasm[at++] & 1) != 0;
    initialPages = number();
    maximumPages = hasMaximum ? number() : 65_536;
  }

  private void export() {
    String name = text();
    int kind = wasm[at++];
    int index = number();
    if (kind == FUNCTION) {
      FunctionSignature signature = functions.get(index);
      if (signature != null) {
        exports.put(name, signature);
      }
    } else if (kind == MEMORY && name.equals("memory")) {
      exportsMemory = true;
    }
  }

  private String text() {
    int length = number();
    String text = new String(wasm, at, length, UTF_8);
    at += length;
    return text;
  }

  /** An unsigned LEB128 number of 32 bits. */
  private int number() {
    int number = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = wasm[at++];
      number |= (next & 0x7f) << shift;
      if (next >= 0) {
        return number;
      }
    }
  }
}
