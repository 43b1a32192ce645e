package org.cloudramp.sandbox.api.engine;

import java.util.List;
import org.cloudramp.sandbox.api.error.ModuleException;

/**
 * A function that a module wants from its host.
 *
 * @param module the first part of its name, such as {@code room}
 * @param name the second part of its name, such as {@code broadcast}
 * @param signature its type
 */
public record FunctionImport(String module, String name, FunctionSignature signature) {
  /** Both parts of the name, such as {@code room.broadcast}. */
  public String qualifiedName() {
    return module + "." + name;
  }

  /**
   * The function among {@code offered} that this import gets.
   *
   * @throws ModuleException of kind unlinkable if there is none of its name, or the first of its
   *     name has another signature
   */
  public HostImport findIn(List<HostImport> offered) {
    for (HostImport host : offered) {
      FunctionImport target = host.target();
      if (target.name.equals(name) && target.module.equals(module)) {
        if (!target.signature.equals(signature)) {
          throw new ModuleException(
              ModuleException.Kind.UNLINKABLE,
              "import %s is wanted as %s, and is %s"
                  .formatted(qualifiedName(), signature, target.signature));
        }
        return host;
      }
    }
    throw new ModuleException(
        ModuleException.Kind.UNLINKABLE, "import %s is unknown".formatted(qualifiedName()));
  }
}
