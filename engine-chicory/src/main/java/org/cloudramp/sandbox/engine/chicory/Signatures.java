package org.cloudramp.sandbox.engine.chicory;

import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.Export;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.ValType;
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
 * What a module wants and what it offers, in the words of the SPI.
 *
 * @param imports the functions it imports, in its order
 * @param exports the functions it exports, in its order
 */
record Signatures(List<FunctionImport> imports, Map<String, FunctionSignature> exports) {
  static Signatures of(WasmModule module) {
    List<FunctionImport> imports = imports(module);
    return new Signatures(List.copyOf(imports), exports(module, imports));
  }

  private static List<FunctionImport> imports(WasmModule module) {
    List<FunctionImport> imports = new ArrayList<>();
    for (int i = 0; i < module.importSection().importCount(); i++) {
      var wanted =
          (com.dylibso.chicory.wasm.types.FunctionImport) module.importSection().getImport(i);
      FunctionSignature signature = signature(module.typeSection().getType(wanted.typeIndex()));
      if (signature == null) {
        throw new ModuleException(
            Kind.UNLINKABLE,
            "import %s.%s takes or gives something that is no number"
                .formatted(wanted.module(), wanted.name()));
      }
      imports.add(new FunctionImport(wanted.module(), wanted.name(), signature));
    }
    return imports;
  }

  private static Map<String, FunctionSignature> exports(
      WasmModule module, List<FunctionImport> imports) {
    Map<String, FunctionSignature> exports = new LinkedHashMap<>();
    for (int i = 0; i < module.exportSection().exportCount(); i++) {
      Export export = module.exportSection().getExport(i);
      if (export.exportType() == ExternalType.FUNCTION) {
        FunctionSignature signature =
            export.index() < imports.size()
                ? imports.get(export.index()).signature()
                : signature(
                    module
                        .functionSection()
                        .getFunctionType(export.index() - imports.size(), module.typeSection()));
        if (signature != null) {
          exports.put(export.name(), signature);
        }
      }
    }
    return Collections.unmodifiableMap(exports);
  }

  /** {@code null} if one of the types is a reference or a vector. */
  private static @Nullable FunctionSignature signature(FunctionType type) {
    List<NumberType> parameters = numbers(type.params());
    List<NumberType> results = numbers(type.returns());
    return parameters == null || results == null
        ? null
        : new FunctionSignature(parameters, results);
  }

  private static @Nullable List<NumberType> numbers(List<ValType> types) {
    List<NumberType> numbers = new ArrayList<>();
    for (ValType type : types) {
      if (type.equals(ValType.I32)) {
        numbers.add(NumberType.I32);
      } else if (type.equals(ValType.I64)) {
        numbers.add(NumberType.I64);
      } else if (type.equals(ValType.F32)) {
        numbers.add(NumberType.F32);
      } else if (type.equals(ValType.F64)) {
        numbers.add(NumberType.F64);
      } else {
        return null;
      }
    }
    return numbers;
  }

  /** Chicory's words for {@code signature}. */
  static FunctionType chicory(FunctionSignature signature) {
    return FunctionType.of(chicory(signature.parameters()), chicory(signature.results()));
  }

  private static List<ValType> chicory(List<NumberType> types) {
    return types.stream()
        .map(
            type ->
                switch (type) {
                  case I32 -> ValType.I32;
                  case I64 -> ValType.I64;
                  case F32 -> ValType.F32;
                  case F64 -> ValType.F64;
                })
        .toList();
  }
}
