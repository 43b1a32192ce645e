package org.cloudramp.sandbox.core.function;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.function.EffectFunction;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.core.plugin.PluginFaults;
import org.jspecify.annotations.Nullable;

/**
 * Every function that guests can import, by module and name. Immutable but for the threads that run
 * the code of plugins.
 */
public final class FunctionCatalogue implements AutoCloseable {
  private final SortedMap<String, Map<String, Endpoint>> modules = new TreeMap<>();

  /** The modules that need no permission: without them a guest is no room. */
  private final SortedSet<String> open = new TreeSet<>();

  /** What providers have declared, the functions by name. */
  private final SortedMap<String, List<HostFunction>> offered = new TreeMap<>();

  /** The effects that happen on every server, by both parts of their names. */
  private final Map<String, EffectFunction> everywhere = new HashMap<>();

  private final List<PluginThreads> threads = new ArrayList<>();
  private final Permissions permissions;

  /**
   * The functions of the core, of the host's extensions, and of plugins.
   *
   * @param builtIn those of extensions, started: open to every service, and run where guests run
   * @param plugins started
   * @param permissions which services may import what plugins offer
   * @param callsOfEachPlugin how many calls of a plugin may run at a time, those included that
   *     nobody waits for any more
   * @throws ConfigurationException if two functions have the same name, if a provider has the name
   *     of another or of a module of the core, or if a permission is for what there is not
   */
  public FunctionCatalogue(
      Collection<HostFunctionProvider> builtIn,
      Collection<HostFunctionProvider> plugins,
      Permissions permissions,
      int callsOfEachPlugin) {
    this.permissions = permissions;
    modules.put("kv", KvFunctions.endpoints());
    modules.put("request", RequestFunctions.endpoints());
    modules.put("sandbox", SandboxFunctions.endpoints());
    modules.put("timer", TimerFunctions.endpoints());
    for (HostFunctionProvider provider : builtIn) {
      add(provider, null);
    }
    open.addAll(modules.keySet());
    for (HostFunctionProvider provider : plugins) {
      PluginThreads own = new PluginThreads(provider, callsOfEachPlugin);
      add(provider, own);
      threads.add(own);
    }
    permissions.requireOnly(open, namesOfPlugins());
  }

  private void add(HostFunctionProvider provider, @Nullable PluginThreads own) {
    String name = provider.name();
    SortedMap<String, Endpoint> endpoints = new TreeMap<>();
    List<HostFunction> declared = new ArrayList<>();
    for (HostFunction function : PluginFaults.guard(provider, "functions", provider::functions)) {
      if (endpoints.put(function.name(), new ProvidedFunction(name, function, own)) != null) {
        throw new ConfigurationException(
            "host functions '%s' (%s) declare '%s' twice"
                .formatted(name, provider.getClass().getName(), function.name()));
      }
      declared.add(function);
      if (function instanceof EffectFunction effect && effect.happensEverywhere()) {
        requireExtension(name, effect, own);
        everywhere.put(name + "." + function.name(), effect);
      }
    }
    if (modules.put(name, endpoints) != null) {
      throw new ConfigurationException(
          "two providers of host functions are called '%s', one of them %s; 'kv', 'request', 'sandbox' and 'timer' are the core's own"
              .formatted(name, provider.getClass().getName()));
    }
    declared.sort(Comparator.comparing(HostFunction::name));
    offered.put(name, List.copyOf(declared));
  }

  /** What happens on every server happens for rooms whose service never asked this server. */
  private static void requireExtension(
      String module, EffectFunction effect, @Nullable PluginThreads own) {
    if (own != null) {
      throw new ConfigurationException(
          "the effect '%s.%s' of a plugin happens everywhere, which only those of extensions may; let it happen where the hook runs ('does')"
              .formatted(module, effect.name()));
    }
  }

  /** An effect that happens on every server, by both parts of its name. */
  public Optional<EffectFunction> everywhere(String qualifiedName) {
    return Optional.ofNullable(everywhere.get(qualifiedName));
  }

  private SortedSet<String> namesOfPlugins() {
    SortedSet<String> names = new TreeSet<>();
    offered.forEach(
        (module, functions) -> {
          if (!open.contains(module)) {
            names.add(module);
            functions.forEach(function -> names.add(module + "." + function.name()));
          }
        });
    return names;
  }

  /**
   * What providers have declared, by the name of the module that guests import from, and in each by
   * the function's name; not the core's own {@code kv}, {@code request}, {@code sandbox} and {@code
   * timer}.
   */
  public SortedMap<String, List<HostFunction>> offered() {
    return Collections.unmodifiableSortedMap(offered);
  }

  /** The modules that every service may import from. */
  public SortedSet<String> open() {
    return Collections.unmodifiableSortedSet(open);
  }

  /** The functions of plugins that a service may import, by both parts of their names. */
  public SortedSet<String> granted(ServiceId service) {
    SortedSet<String> granted = new TreeSet<>();
    offered.forEach(
        (module, functions) -> {
          if (!open.contains(module)) {
            functions.stream()
                .filter(function -> permissions.allow(service, module, function.name()))
                .forEach(function -> granted.add(module + "." + function.name()));
          }
        });
    return granted;
  }

  /**
   * Binds each import to what stands behind it.
   *
   * @param service whose module it is
   * @return one for each import, in the same order
   * @throws ModuleException of kind unlinkable, naming the first import that there is not and what
   *     there is instead, or that the service may not use and the setting that allows it
   */
  public List<Endpoint> link(ServiceId service, List<FunctionImport> imports) {
    return imports.stream().map(wanted -> link(service, wanted)).toList();
  }

  private Endpoint link(ServiceId service, FunctionImport wanted) {
    Map<String, Endpoint> module = modules.get(wanted.module());
    if (module == null) {
      throw unlinkable(
          "import %s is unknown: there is no module %s; there are: %s",
          InertText.quote(wanted.qualifiedName()),
          InertText.quote(wanted.module()),
          String.join(", ", modules.keySet()));
    }
    Endpoint endpoint = module.get(wanted.name());
    if (endpoint == null) {
      throw unlinkable(
          "import %s is unknown: module '%s' has: %s",
          InertText.quote(wanted.qualifiedName()),
          wanted.module(),
          String.join(", ", new TreeSet<>(module.keySet())));
    }
    if (!open.contains(wanted.module())
        && !permissions.allow(service, wanted.module(), wanted.name())) {
      throw unlinkable(
          "import \"%s\" is denied to service '%s'; the operator's setting 'permissions.%s' or 'permissions.%s' would allow it",
          wanted.qualifiedName(), service, wanted.module(), wanted.qualifiedName());
    }
    return endpoint;
  }

  private static ModuleException unlinkable(String message, Object... arguments) {
    return new ModuleException(ModuleException.Kind.UNLINKABLE, message.formatted(arguments));
  }

  /** Ends the threads of plugins. Idempotent. */
  @Override
  public void close() {
    threads.forEach(PluginThreads::close);
  }
}
