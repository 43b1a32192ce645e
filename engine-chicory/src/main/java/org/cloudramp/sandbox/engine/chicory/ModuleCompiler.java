package org.cloudramp.sandbox.engine.chicory;

import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.internal.ClassLoadingCollector;
import com.dylibso.chicory.compiler.internal.Compiler;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.Import;
import java.io.ByteArrayInputStream;
import java.util.Map;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.ModuleException.Kind;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassTooLargeException;
import org.objectweb.asm.MethodTooLargeException;

/** From bytes to a compiled module, or to a {@link ModuleException} and nothing else. */
final class ModuleCompiler {
  /**
   * Chicory writes a class of so many functions and, if the JVM would not take it, all of them once
   * more into two. So a class that is too large must not be expensive.
   */
  private static final int FUNCTIONS_OF_A_CLASS = 256;

  /** Characters. */
  private static final int MAX_MESSAGE = 500;

  private ModuleCompiler() {}

  /**
   * Compiles. Whatever Chicory throws on the way becomes a {@link ModuleException}.
   *
   * @param cache of what was compiled before; null if nothing is kept
   */
  static ChicoryModule compile(byte[] wasm, Watchdog watchdog, @Nullable CompileCache cache) {
    try {
      // Custom sections mean nothing to us, and a parser that does not run cannot be attacked.
      WasmModule module =
          Parser.builder()
              .withCustomParsers(Map.of())
              .withValidation(true)
              .build()
              .parse(() -> new ByteArrayInputStream(wasm));
      refuseWhatTheGateRefuses(module);
      Signatures signatures = Signatures.of(module);
      return new ChicoryModule(
          RetainedModule.of(module, classes(wasm, module, cache)), signatures, watchdog);
    } catch (ModuleException e) {
      throw e;
    } catch (OutOfMemoryError | StackOverflowError e) {
      throw new ModuleException(Kind.LIMIT, "the module is too large to compile", e);
    } catch (Throwable e) {
      // A parser that is fed by strangers throws all kinds of things; all mean the same.
      throw refusal(e);
    }
  }

  private static ClassLoadingCollector classes(
      byte[] wasm, WasmModule module, @Nullable CompileCache cache) {
    ClassLoadingCollector kept = cache == null ? null : cache.find(wasm);
    if (kept != null) {
      return kept;
    }
    ClassLoadingCollector compiled = classes(module);
    if (cache != null) {
      cache.keep(wasm, compiled);
    }
    return compiled;
  }

  /**
   * Classes that are loaded. The front door of Chicory's compiler would wrap what makes machines of
   * them in something that holds the module, with every instruction as an object, and does not say
   * how large they are.
   */
  private static ClassLoadingCollector classes(WasmModule module) {
    try {
      return (ClassLoadingCollector)
          Compiler.builder(module)
              // The interpreter does not stop at an interrupt in every loop, so nothing may run in
              // it.
              .withInterpreterFallback(InterpreterFallback.FAIL)
              .withMaxFunctionsPerClass(FUNCTIONS_OF_A_CLASS)
              .withClassCollectorFactory(ClassLoadingCollector::new)
              .build()
              .compile()
              .collector();
    } catch (MethodTooLargeException | ClassTooLargeException e) {
      throw tooLarge("a table of its functions", e);
    } catch (RuntimeException e) {
      if (e.getCause() instanceof MethodTooLargeException method) {
        throw tooLarge(nameOf(method, module), e);
      }
      throw e;
    }
  }

  private static ModuleException tooLarge(String what, Exception cause) {
    return new ModuleException(
        Kind.LIMIT, what + " takes more than the 64 KiB that the JVM allows a method", cause);
  }

  /** Chicory calls the method of function 7 {@code func_7}. */
  private static String nameOf(MethodTooLargeException method, WasmModule module) {
    String index = method.getMethodName().replaceFirst("^func_", "");
    for (int i = 0; i < module.exportSection().exportCount(); i++) {
      var export = module.exportSection().getExport(i);
      if (export.exportType() == ExternalType.FUNCTION
          && Integer.toString(export.index()).equals(index)) {
        return "function " + index + " (exported as '" + export.name() + "')";
      }
    }
    return "function " + index;
  }

  /**
   * The gate refuses both. This engine would run the one without a budget, and cannot provide the
   * other, so it does not rely on the gate.
   */
  private static void refuseWhatTheGateRefuses(WasmModule module) {
    if (module.startSection().isPresent()) {
      throw new ModuleException(Kind.MALFORMED, "the module has a start section");
    }
    for (int i = 0; i < module.importSection().importCount(); i++) {
      Import wanted = module.importSection().getImport(i);
      if (wanted.importType() != ExternalType.FUNCTION) {
        throw new ModuleException(
            Kind.UNLINKABLE,
            "import %s.%s is a %s, and only functions can be imported"
                .formatted(wanted.module(), wanted.name(), wanted.importType()));
      }
    }
  }

  /** Chicory tells every error of a function in one message, which strangers can make megabytes. */
  private static ModuleException refusal(Throwable e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    String refusal = "Chicory refuses the module: ";
    return message.length() <= MAX_MESSAGE
        ? new ModuleException(Kind.MALFORMED, refusal + message, e)
        : new ModuleException(Kind.MALFORMED, refusal + message.substring(0, MAX_MESSAGE) + "…");
  }
}
