package org.cloudramp.sandbox.api.engine;

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
}
