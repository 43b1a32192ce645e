package org.cloudramp.sandbox.core;

import com.google.inject.Binder;
import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Module;
import com.google.inject.ProvisionException;
import com.google.inject.multibindings.Multibinder;
import com.google.inject.multibindings.OptionalBinder;
import com.google.inject.util.Modules;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.extension.Extension;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link Sandbox}. What is not given is looked up among the jars by the name in the
 * settings. Not thread-safe.
 */
public final class SandboxBuilder {
  private final List<HostFunctionProvider> functions = new ArrayList<>();
  private final List<HookListener> listeners = new ArrayList<>();
  private final List<Extension> extensions = new ArrayList<>();
  private final List<Module> modules = new ArrayList<>();
  private SettingValues settings = SettingValues.none();
  private @Nullable WasmEngine engine;
  private @Nullable ModuleStore store;
  private @Nullable KvStore kv;
  private @Nullable Clock clock;
  private @Nullable RoomLoops loops;
  private final List<ServiceObserver> serviceObservers = new ArrayList<>();
  private @Nullable SandboxObserver observer;
  private @Nullable TimerListener timerListener;

  SandboxBuilder() {}

  /** Adds settings, such as {@code engine}, {@code slots} or {@code store.filesystem.folder}. */
  public SandboxBuilder settings(Map<String, String> more) {
    settings = settings.with(more);
    return this;
  }

  /** Adds settings with where they come from. */
  public SandboxBuilder settings(SettingValues more) {
    settings = settings.with(more);
    return this;
  }

  /**
   * Adds the settings among environment variables, such as those of {@link System#getenv()}: {@code
   * SANDBOX_LIMITS_TIME} is {@code limits.time}. They win over what was given before. One that
   * nobody knows is logged and ignored, because others write there as well; what Kubernetes writes
   * there is ignored in silence.
   */
  public SandboxBuilder environment(Map<String, String> variables) {
    settings = settings.withEnvironment(variables);
    return this;
  }

  /**
   * Looks for plugins in this folder as well as on the class path: each in a folder of its own,
   * {@code <folder>/<any name>/*.jar}. The same as the setting {@code plugins}.
   */
  public SandboxBuilder plugins(Path folder) {
    return settings(Map.of("plugins", folder.toString()));
  }

  /** Uses this engine, whatever the settings say. It is started and closed by the sandbox. */
  public SandboxBuilder engine(WasmEngine engine) {
    this.engine = engine;
    return this;
  }

  /** Uses this store, whatever the settings say. It is started and closed by the sandbox. */
  public SandboxBuilder store(ModuleStore store) {
    this.store = store;
    return this;
  }

  /** Uses this KV store, whatever the settings say. It is started and closed by the sandbox. */
  public SandboxBuilder kv(KvStore kv) {
    this.kv = kv;
    return this;
  }

  /**
   * Adds host functions to those that the settings name. They are started and closed by the
   * sandbox, run on threads of their own, and are open to the services that {@code permissions.…}
   * name, as those of any plugin.
   */
  public SandboxBuilder functions(HostFunctionProvider... providers) {
    functions.addAll(List.of(providers));
    return this;
  }

  /**
   * Adds host functions to those that the settings name. They are started and closed by the
   * sandbox, run on threads of their own, and are open to the services that {@code permissions.…}
   * name, as those of any plugin.
   */
  public SandboxBuilder functions(Iterable<? extends HostFunctionProvider> providers) {
    providers.forEach(functions::add);
    return this;
  }

  /**
   * Adds a part of the host, such as its rooms, with its functions and its listener. It is trusted:
   * see {@link Extension}.
   */
  public SandboxBuilder extension(Extension extension) {
    extensions.add(extension);
    return this;
  }

  /** Adds one who is told of each hook. */
  public SandboxBuilder listener(HookListener listener) {
    listeners.add(listener);
    return this;
  }

  /**
   * Tells this one what happens besides hooks, for whoever counts. Without one nothing is timed.
   */
  public SandboxBuilder observer(SandboxObserver observer) {
    this.observer = observer;
    return this;
  }

  /** Asks this one who follows the timers that are fired. */
  public SandboxBuilder timerListener(TimerListener listener) {
    this.timerListener = listener;
    return this;
  }

  /** Adds one who hears what guests log, and what is put to rest. */
  public SandboxBuilder serviceObserver(ServiceObserver observer) {
    serviceObservers.add(observer);
    return this;
  }

  /** Uses this clock for the time that guests see and for times to live. */
  public SandboxBuilder clock(Clock clock) {
    this.clock = clock;
    return this;
  }

  /**
   * Runs the hooks of rooms on loops of the embedder's, as long as they are short; without this,
   * and otherwise, they run on threads of the sandbox. The embedder ends its loops after the
   * sandbox.
   */
  public SandboxBuilder loops(RoomLoops loops) {
    this.loops = loops;
    return this;
  }

  /**
   * Adds Guice modules, whose bindings win over those of {@link SandboxModule}: bind {@link
   * WasmEngine}, {@link ModuleStore}, {@link KvStore}, or a further {@link HostFunctionProvider},
   * {@link HookListener} or {@link Extension} in a set binder.
   */
  public SandboxBuilder install(Module... more) {
    modules.addAll(List.of(more));
    return this;
  }

  /**
   * What the functions given here and those that the settings name offer to guests, by the name of
   * the module and in each by the function's name. Nothing is started, so neither settings of
   * plugins nor secrets are needed; but a plugin that can say what it offers only after its start
   * is started all the same, and closed.
   *
   * @throws org.cloudramp.sandbox.api.error.ConfigurationException if a plugin is not there, or
   *     cannot say what it offers
   */
  public SortedMap<String, List<HostFunction>> describeFunctions() {
    return OfferedFunctions.describe(settings, functions);
  }

  /**
   * Builds and starts it.
   *
   * @throws org.cloudramp.sandbox.api.error.ConfigurationException if settings and jars do not fit
   *     together
   * @throws org.cloudramp.sandbox.api.error.StoreException if a store cannot be reached
   */
  public Sandbox build() {
    try {
      return Guice.createInjector(
              Modules.override(new SandboxModule(settings))
                  .with(Stream.concat(Stream.of(this::bindGiven), modules.stream()).toList()))
          .getInstance(Sandbox.class);
    } catch (CreationException | ProvisionException e) {
      // Guice wraps what our own providers throw; the operator wants the reason.
      Throwable cause = e.getCause();
      while (cause != null) {
        if (cause instanceof SandboxException typed) {
          throw typed;
        }
        cause = cause.getCause();
      }
      throw e;
    }
  }

  private void bindGiven(Binder binder) {
    bind(binder, WasmEngine.class, engine);
    bind(binder, ModuleStore.class, store);
    bind(binder, KvStore.class, kv);
    bind(binder, Clock.class, clock);
    if (loops != null) {
      OptionalBinder.newOptionalBinder(binder, RoomLoops.class).setBinding().toInstance(loops);
    }
    Multibinder<HostFunctionProvider> providers =
        Multibinder.newSetBinder(binder, HostFunctionProvider.class);
    functions.forEach(provider -> providers.addBinding().toInstance(provider));
    if (observer != null) {
      OptionalBinder.newOptionalBinder(binder, SandboxObserver.class)
          .setBinding()
          .toInstance(observer);
    }
    if (timerListener != null) {
      OptionalBinder.newOptionalBinder(binder, TimerListener.class)
          .setBinding()
          .toInstance(timerListener);
    }
    Multibinder<ServiceObserver> hearing = Multibinder.newSetBinder(binder, ServiceObserver.class);
    serviceObservers.forEach(each -> hearing.addBinding().toInstance(each));
    Multibinder<HookListener> told = Multibinder.newSetBinder(binder, HookListener.class);
    listeners.forEach(listener -> told.addBinding().toInstance(listener));
    Multibinder<Extension> parts = Multibinder.newSetBinder(binder, Extension.class);
    extensions.forEach(extension -> parts.addBinding().toInstance(extension));
  }

  private static <T> void bind(Binder binder, Class<T> type, @Nullable T given) {
    if (given != null) {
      binder.bind(type).toInstance(given);
    }
  }
}
