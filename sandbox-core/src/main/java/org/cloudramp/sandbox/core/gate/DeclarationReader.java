package org.cloudramp.sandbox.core.gate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.FunctionSignature.NumberType;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.error.ModuleException.Kind;
import org.cloudramp.sandbox.core.gate.CheckedModule.Export;
import org.cloudramp.sandbox.core.gate.GateLimits.Limit;
import org.cloudramp.sandbox.core.gate.IndexSpaces.FunctionType;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Global;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Memory;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Table;

/** Reads the sections that declare what a module has, from the types to the exports. */
final class DeclarationReader {
  static final int FUNCTION_TYPE = 0x60;
  static final int WITH_MAXIMUM = 0x01;
  private static final int SHARED = 0x02;
  private static final int WIDE_ADDRESSES = 0x04;
  private static final long MAX_PAGES = 65_536;

  private final IndexSpaces spaces;
  private final GateLimits limits;
  private final Location location;
  private final List<FunctionImport> imports = new ArrayList<>();
  private final Map<String, Export> exports = new LinkedHashMap<>();

  DeclarationReader(IndexSpaces spaces, GateLimits limits, Location location) {
    this.spaces = spaces;
    this.limits = limits;
    this.location = location;
  }

  List<FunctionImport> imports() {
    return imports;
  }

  Map<String, Export> exports() {
    return exports;
  }

  void types(Cursor cursor, int count) {
    limits.enforce(Limit.TYPES, count, location);
    for (int i = 0; i < count; i++) {
      location.item("type", i);
      int form = cursor.u8();
      if (form != FUNCTION_TYPE) {
        throw cursor.malformed(
            String.format(Locale.ROOT, "form 0x%02x: only function types are accepted", form));
      }
      List<WasmType> parameters = valueTypes(cursor, "parameters", Limit.PARAMETERS);
      List<WasmType> results = valueTypes(cursor, "results", Limit.RESULTS);
      spaces.types.add(new FunctionType(parameters, results));
    }
  }

  private List<WasmType> valueTypes(Cursor cursor, String what, Limit limit) {
    int count = cursor.count(what);
    limits.enforce(limit, count, location);
    List<WasmType> types = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      types.add(WasmType.read(cursor));
    }
    return types;
  }

  void imports(Cursor cursor, int count) {
    limits.enforce(Limit.IMPORTS, count, location);
    for (int i = 0; i < count; i++) {
      location.item("import", i);
      String module = cursor.name(limits);
      String name = cursor.name(limits);
      location.named(InertText.quote(module) + "." + InertText.quote(name));
      if (cursor.u8() != ExternalKind.FUNCTION.code()) {
        throw location.refusal(Kind.UNLINKABLE, "only functions can be imported");
      }
      FunctionType type = spaces.types.get(cursor.index("type", spaces.types.size()));
      imports.add(new FunctionImport(module, name, signature(type)));
      spaces.functions.add(type);
    }
    spaces.importedFunctions = count;
  }

  void functions(Cursor cursor, int count) {
    limits.enforce(Limit.FUNCTIONS, count, location);
    for (int i = 0; i < count; i++) {
      location.item("function", spaces.functions.size());
      int type = cursor.index("type", spaces.types.size());
      spaces.functions.add(spaces.types.get(type));
    }
  }

  /** What {@code call_indirect} costs an engine, which nothing in the code has to use for that. */
  void indirectCalls() {
    limits.enforce(
        Limit.TYPES_TIMES_FUNCTIONS,
        (long) spaces.types.size() * spaces.functions.size(),
        location);
    Map<FunctionType, Integer> declarations = new HashMap<>();
    for (FunctionType type : spaces.types) {
      declarations.merge(type, 1, Integer::sum);
    }
    long targets = 0;
    for (FunctionType function : spaces.functions) {
      targets += declarations.getOrDefault(function, 0);
    }
    limits.enforce(Limit.INDIRECT_CALL_TARGETS, targets, location);
  }

  void tables(Cursor cursor, int count) {
    limits.enforce(Limit.TABLES, count, location);
    long entries = 0;
    for (int i = 0; i < count; i++) {
      location.item("table", i);
      WasmType type = WasmType.readReference(cursor);
      Range size = range(cursor, "table64");
      entries += size.minimum();
      limits.enforce(Limit.TABLE_ENTRIES, entries, location);
      int maximum = (int) Math.min(size.maximum(), limits.of(Limit.TABLE_ENTRIES));
      spaces.tables.add(new Table(type, (int) size.minimum(), maximum));
    }
  }

  void memories(Cursor cursor, int count) {
    if (count > 1) {
      throw cursor.malformed(count + " memories: only one is accepted");
    }
    for (int i = 0; i < count; i++) {
      location.item("memory", i);
      Range size = range(cursor, "memory64");
      if (size.minimum() > MAX_PAGES
          || (size.maximum() > MAX_PAGES && size.maximum() != Range.OPEN)) {
        throw cursor.malformed(String.format(Locale.ROOT, "more than %,d pages", MAX_PAGES));
      }
      limits.enforce(Limit.MEMORY_PAGES, size.minimum(), location);
      int maximum = (int) Math.min(size.maximum(), limits.of(Limit.MEMORY_PAGES));
      spaces.memories.add(new Memory((int) size.minimum(), maximum));
    }
  }

  private record Range(long minimum, long maximum) {
    static final long OPEN = Long.MAX_VALUE;
  }

  /** What the specification calls limits. */
  private static Range range(Cursor cursor, String wide) {
    int flags = cursor.u8();
    if ((flags & SHARED) != 0 && flags < 2 * WIDE_ADDRESSES) {
      throw cursor.malformed("shared memories and tables are not accepted");
    }
    if ((flags & WIDE_ADDRESSES) != 0 && flags < 2 * WIDE_ADDRESSES) {
      throw cursor.malformed(wide + " is not accepted");
    }
    if (flags > WITH_MAXIMUM) {
      throw cursor.malformed(String.format(Locale.ROOT, "flags 0x%02x are not accepted", flags));
    }
    long minimum = cursor.u32();
    long maximum = flags == WITH_MAXIMUM ? cursor.u32() : Range.OPEN;
    if (maximum < minimum) {
      throw cursor.malformed(
          String.format(Locale.ROOT, "the maximum %,d is below the minimum %,d", maximum, minimum));
    }
    return new Range(minimum, maximum);
  }

  void globals(Cursor cursor, int count) {
    limits.enforce(Limit.GLOBALS, count, location);
    int mutable = 0;
    for (int i = 0; i < count; i++) {
      location.item("global", i);
      WasmType type = WasmType.read(cursor);
      int mutability = cursor.u8();
      if (mutability > 1) {
        throw cursor.malformed(mutability + " is not a mutability");
      }
      ConstantExpression.read(cursor, type, spaces);
      mutable += mutability;
      limits.enforce(Limit.MUTABLE_GLOBALS, mutable, location);
      spaces.globals.add(new Global(type, mutability == 1));
    }
  }

  void exports(Cursor cursor, int count) {
    limits.enforce(Limit.EXPORTS, count, location);
    for (int i = 0; i < count; i++) {
      location.item("export", i);
      String name = cursor.name(limits);
      location.named(InertText.quote(name));
      if (name.startsWith(CheckedModule.RESERVED_PREFIX)) {
        throw cursor.malformed(
            "names that begin with " + CheckedModule.RESERVED_PREFIX + " are reserved");
      }
      if (exports.put(name, export(cursor)) != null) {
        throw cursor.malformed("the name is exported twice");
      }
    }
  }

  private Export export(Cursor cursor) {
    ExternalKind kind = ExternalKind.read(cursor);
    return switch (kind) {
      case FUNCTION -> {
        int function = cursor.index("function", spaces.functions.size());
        yield new Export.Function(signature(spaces.functions.get(function)));
      }
      case TABLE -> {
        cursor.index("table", spaces.tables.size());
        yield new Export.Table();
      }
      case MEMORY -> {
        cursor.index("memory", spaces.memories.size());
        yield new Export.Memory();
      }
      case GLOBAL -> {
        cursor.index("global", spaces.globals.size());
        yield new Export.Global();
      }
    };
  }

  private FunctionSignature signature(FunctionType type) {
    return new FunctionSignature(numbers(type.parameters()), numbers(type.results()));
  }

  private List<NumberType> numbers(List<WasmType> types) {
    List<NumberType> numbers = new ArrayList<>(types.size());
    for (WasmType type : types) {
      numbers.add(
          type.number()
              .orElseThrow(
                  () ->
                      location.refusal(
                          Kind.UNLINKABLE,
                          "only numbers cross the boundary to the host, not " + type)));
    }
    return numbers;
  }
}
