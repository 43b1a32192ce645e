package org.cloudramp.sandbox.api.engine;

import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.Experimental;

/** One compiled module, from which many instances are made. Thread-safe. */
public interface CompiledModule extends AutoCloseable {
  /** An engine's answer if it cannot say what a module takes. */
  long UNKNOWN = -1;

  /** So many functions an engine names at most that were running. */
  @Experimental int MAX_FUNCTIONS = 64;

  /** The functions it imports, in the order in which it does. */
  List<FunctionImport> imports();

  /** The functions it exports, by name; without those that take or give anything but numbers. */
  Map<String, FunctionSignature> exports();

  /**
   * Makes an instance with a memory of its own. Runs no code of the guest: modules with a start
   * section do not pass the gate.
   *
   * @param imports one for each of {@link #imports()}, in any order; more are ignored
   * @throws org.cloudramp.sandbox.api.error.ModuleException if an import is missing or of another
   *     type (unlinkable), its memory starts above the limits (limit), or a segment does not fit
   *     (malformed); also if its memory may grow above the limits by what it declares, and the
   *     engine cannot stop it there (limit)
   * @throws org.cloudramp.sandbox.api.error.GuestException of kind memory if there is none to give
   * @throws IllegalStateException if it is closed
   */
  Instance instantiate(List<HostImport> imports, InstanceLimits limits);

  /**
   * About how many bytes of the process this module takes until it is closed, whether it has
   * instances or not: on the heap, in the JVM's metaspace, or in native memory. Rather too many
   * than too few, and always the same. Not counted: instances, and what the JVM's own compiler
   * makes of code that is hot, which the JVM bounds and takes away by itself.
   *
   * @return {@link #UNKNOWN} from an engine that was made before this method was, or cannot say
   */
  default long retainedBytes() {
    return UNKNOWN;
  }

  /**
   * Which functions of this module were running when a call into one of its instances ended with a
   * throwable, thrown by the guest's doing or by a host function that it called: the innermost
   * first, by their index in the module, imported functions counted and not told. At most {@value
   * #MAX_FUNCTIONS}, the innermost ones. May look through stack traces, so it is for what has
   * failed.
   *
   * @param thrown what the call threw, or anything that has it as a cause
   * @return empty if the engine cannot tell, as one that was made before this method was
   */
  @Experimental
  default List<Integer> functionsRunningIn(Throwable thrown) {
    return List.of();
  }

  /**
   * Lets go of the code. Instances that are still open keep working until they are closed.
   * Idempotent.
   */
  @Override
  void close();
}
