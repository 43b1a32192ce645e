package org.cloudramp.sandbox.core.function;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;

/** Every function that guests can import, by module and name. Immutable. */
public final class FunctionCatalogue {
  private final Map<String, Map<String, Endpoint>> modules = new TreeMap<>();

  /**
   * The functions of the core, and those of the providers.
   *
   * @param providers started
   * @throws ConfigurationException if two functions have the same name, or a provider has the name
   *     of a module of the core
   */
  public FunctionCatalogue(Collection<HostFunctionProvider> providers) {
    modules.put("kv", KvFunctions.endpoints());
    modules.put("sandbox", SandboxFunctions.endpoints());
    for (HostFunctionProvider provider : providers) {
      SortedMap<String, Endpoint> functions = new TreeMap<>();
      for (HostFunction function : provider.functions()) {
        Endpoint endpoint = new ProvidedFunction(provider.name(), function);
        if (functions.put(function.name(), endpoint) != null) {
          throw new ConfigurationException(
              "host functions '%s' (%s) declare '%s' twice"
                  .formatted(provider.name(), provider.getClass().getName(), function.name()));
        }
      }
      if (modules.put(provider.name(), functions) != null) {
        throw new ConfigurationException(
            "two providers of host functions are called '%s', one of them %s; 'kv' and 'sandbox' are the core's own"
                .formatted(provider.name(), provider.getClass().getName()));
      }
    }
  }

  /**
   * Binds each import to what stands behind it.
   *
   * @return one for each import, in the same order
   * @throws ModuleException of kind unlinkable, naming the first import that there is not, and what
   *     there is instead
   */
  public List<Endpoint> link(List<FunctionImport> imports) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (FunctionImport wanted : imports) {
      Map<String, Endpoint> module = modules.get(wanted.module());
      if (module == null) {
        throw new ModuleException(
            ModuleException.Kind.UNLINKABLE,
            "import %s is unknown: there is no module %s; there are: %s"
                .formatted(
                    InertText.quote(wanted.qualifiedName()),
                    InertText.quote(wanted.module()),
                    String.join(", ", modules.keySet())));
      }
      Endpoint endpoint = module.get(wanted.name());
      if (endpoint == null) {
        throw new ModuleException(
            ModuleException.Kind.UNLINKABLE,
            "import %s is unknown: module '%s' has: %s"
                .formatted(
                    InertText.quote(wanted.qualifiedName()),
                    wanted.module(),
                    String.join(", ", new TreeMap<>(module).keySet())));
      }
      endpoints.add(endpoint);
    }
    return List.copyOf(endpoints);
  }
}
