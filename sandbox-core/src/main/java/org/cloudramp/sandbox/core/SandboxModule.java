package org.cloudramp.sandbox.core;

import com.google.common.collect.Iterables;
import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import com.google.inject.multibindings.Multibinder;
import com.google.inject.multibindings.OptionalBinder;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.extension.Extension;
import org.cloudramp.sandbox.api.extension.RoomFollower;
import org.cloudramp.sandbox.api.extension.SessionTerms;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.RoomLog;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.core.function.FunctionCatalogue;
import org.cloudramp.sandbox.core.gate.ModuleGate;
import org.cloudramp.sandbox.core.memory.StoredMemories;
import org.cloudramp.sandbox.core.module.CodeCache;
import org.cloudramp.sandbox.core.module.CompileAdmission;
import org.cloudramp.sandbox.core.module.GuestMemory;
import org.cloudramp.sandbox.core.module.LoadedModule;
import org.cloudramp.sandbox.core.module.ModuleLoader;
import org.cloudramp.sandbox.core.module.Preload;
import org.cloudramp.sandbox.core.observe.GuardedObserver;
import org.cloudramp.sandbox.core.observe.GuardedServiceObserver;
import org.cloudramp.sandbox.core.observe.HookListeners;
import org.cloudramp.sandbox.core.observe.ObservedEngine;
import org.cloudramp.sandbox.core.observe.ObservedKvStore;
import org.cloudramp.sandbox.core.observe.ServiceLog;
import org.cloudramp.sandbox.core.pause.Pauses;
import org.cloudramp.sandbox.core.plugin.PluginJars;
import org.cloudramp.sandbox.core.plugin.PluginLifecycle;
import org.cloudramp.sandbox.core.publish.CurrentVersions;
import org.cloudramp.sandbox.core.publish.Publisher;
import org.cloudramp.sandbox.core.recording.Ledger;
import org.cloudramp.sandbox.core.recording.Recordings;
import org.cloudramp.sandbox.core.room.RoomScheduler;
import org.cloudramp.sandbox.core.run.HookRun;
import org.cloudramp.sandbox.core.run.HostCommits;
import org.cloudramp.sandbox.core.run.HostEffects;
import org.cloudramp.sandbox.core.run.Quarantine;
import org.cloudramp.sandbox.core.run.RoomsInUse;
import org.cloudramp.sandbox.core.run.SessionResumes;
import org.cloudramp.sandbox.core.schedule.ServiceScheduler;
import org.cloudramp.sandbox.core.schedule.Timer;
import org.cloudramp.sandbox.core.schedule.TurnScheduler;
import org.cloudramp.sandbox.core.schedule.Workers;
import org.cloudramp.sandbox.core.shared.EntryReader;
import org.cloudramp.sandbox.core.shared.SharedRooms;
import org.cloudramp.sandbox.core.table.ModuleTable;
import org.cloudramp.sandbox.core.table.SlotView;
import org.cloudramp.sandbox.core.table.TableListener;
import org.cloudramp.sandbox.core.timer.DueTimers;
import org.cloudramp.sandbox.core.warmup.WarmUp;
import org.cloudramp.sandbox.core.writebehind.WriteBehind;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wires a {@link Sandbox} for Guice. Engine, store and KV are those that the settings name; bind
 * one of these types in a module of your own, put over this one, to use yours:
 *
 * <pre>{@code
 * Guice.createInjector(Modules.override(new SandboxModule(settings)).with(new MyModule()));
 * }</pre>
 *
 * Plugins are bound as they are made; the sandbox starts and closes them.
 */
public final class SandboxModule extends AbstractModule {
  private static final Logger log = LoggerFactory.getLogger(SandboxModule.class);

  /** How long closing waits for the KV store to take what was written behind. */
  private static final Duration LAST_WRITES = Duration.ofSeconds(5);

  /** What nobody has needed for as long, or up to twice as long, is closed. */
  private static final long UNNEEDED_SECONDS = 3;

  private final SettingValues values;

  /**
   * Takes the settings, such as {@code engine}, {@code slots} or {@code store.filesystem.folder}.
   */
  public SandboxModule(Map<String, String> settings) {
    this(SettingValues.none().with(settings));
  }

  /** Takes the settings, with where they come from. */
  public SandboxModule(SettingValues settings) {
    this.values = settings;
  }

  @Override
  protected void configure() {
    Multibinder.newSetBinder(binder(), HostFunctionProvider.class);
    Multibinder.newSetBinder(binder(), HookListener.class);
    Multibinder.newSetBinder(binder(), Extension.class);
    OptionalBinder.newOptionalBinder(binder(), RoomLoops.class);
    OptionalBinder.newOptionalBinder(binder(), SandboxObserver.class);
    OptionalBinder.newOptionalBinder(binder(), TimerListener.class);
    Multibinder.newSetBinder(binder(), ServiceObserver.class);
    bind(Clock.class).toInstance(Clock.systemUTC());
  }

  @Provides
  @Singleton
  SandboxSettings settings() {
    return SandboxSettings.read(values);
  }

  @Provides
  @Singleton
  PluginJars jars(SandboxSettings settings) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    return new PluginJars(
        loader == null ? SandboxModule.class.getClassLoader() : loader, settings.plugins());
  }

  @Provides
  @Singleton
  WasmEngine engine(SandboxSettings settings, PluginJars jars) {
    return jars.offering(WasmEngine.class, "engine").choose(settings.engine());
  }

  @Provides
  @Singleton
  ModuleStore store(SandboxSettings settings, PluginJars jars) {
    return jars.offering(ModuleStore.class, "store").choose(settings.store());
  }

  @Provides
  @Singleton
  KvStore kv(SandboxSettings settings, PluginJars jars) {
    return jars.offering(KvStore.class, "kv").choose(settings.kv());
  }

  @Provides
  @Singleton
  Sandbox sandbox(
      SandboxSettings settings,
      PluginJars jars,
      Clock clock,
      WasmEngine engine,
      ModuleStore store,
      KvStore kv,
      Set<HostFunctionProvider> boundFunctions,
      Set<HookListener> boundListeners,
      Set<Extension> extensions,
      Optional<RoomLoops> loops,
      Optional<SandboxObserver> observer,
      Optional<TimerListener> timerListener,
      Set<ServiceObserver> serviceObservers) {
    PluginLifecycle plugins = new PluginLifecycle(values, clock, settings.startTimeout());
    try {
      List<HostFunctionProvider> functions = new ArrayList<>(boundFunctions);
      for (String name : settings.functions()) {
        functions.add(jars.offering(HostFunctionProvider.class, "functions").choose(name));
      }
      List<HostFunctionProvider> builtIn = new ArrayList<>();
      List<HookListener> listeners = new ArrayList<>();
      List<RoomFollower> followers = new ArrayList<>();
      for (Extension extension : extensions) {
        extension.follower().ifPresent(followers::add);
        builtIn.addAll(extension.functions());
        extension.listener().ifPresent(listeners::add);
      }
      plugins.requireOnly("engine", List.of(engine));
      plugins.requireOnly("store", List.of(store));
      plugins.requireOnly("kv", List.of(kv));
      plugins.requireOnly("functions", Iterables.concat(functions, builtIn));
      plugins.start("engine", engine);
      plugins.start("store", store);
      plugins.start("kv", kv);
      functions.forEach(provider -> plugins.start("functions", provider));
      builtIn.forEach(provider -> plugins.start("functions", provider));
      listeners.addAll(boundListeners);
      // Each guest waits for one call at a time. As many again may hang before a plugin is refused.
      FunctionCatalogue catalogue =
          new FunctionCatalogue(builtIn, functions, settings.permissions(), 2 * settings.workers());
      Sandbox sandbox =
          assemble(
              settings,
              clock,
              new Parts(engine, store, kv, catalogue),
              new HookListeners(listeners),
              followers,
              extensions,
              loops,
              observer.map(GuardedObserver::new).orElse(null),
              timerListener.orElse(call -> null),
              new GuardedServiceObserver(serviceObservers),
              plugins,
              jars);
      sandbox.startTimers(); // last: all who hear of a hook are ready
      return sandbox;
    } catch (Throwable e) {
      plugins.close();
      jars.close();
      throw e;
    }
  }

  /** What plugins contribute, started. */
  private record Parts(
      WasmEngine engine, ModuleStore store, KvStore kv, FunctionCatalogue functions) {
    Parts observed(SandboxObserver observer) {
      return new Parts(
          new ObservedEngine(engine, observer),
          store,
          new ObservedKvStore(kv, observer),
          functions);
    }
  }

  private static Sandbox assemble(
      SandboxSettings settings,
      Clock clock,
      Parts started,
      HookListener listener,
      List<RoomFollower> followers,
      Set<Extension> extensions,
      Optional<RoomLoops> loops,
      @Nullable SandboxObserver observer,
      TimerListener timerListener,
      GuardedServiceObserver serviceObserver,
      PluginLifecycle plugins,
      PluginJars jars) {
    Parts parts = observer == null ? started : started.observed(observer);
    Timer timer = new Timer("sandbox-timer");
    AtomicReference<@Nullable RoomScheduler> leavers = new AtomicReference<>();
    SharedRooms shared = shared(settings, parts, followers, timer, leavers);
    Workers guests = new Workers("sandbox-guest", settings.workers() + settings.workersForKnown());
    // One more: a service that has not compiled much lately finds a thread.
    int loads = settings.concurrentCompiles() + 1;
    Workers loading = new Workers("sandbox-load", loads);
    // Whoever asks the store must not wait behind compiles.
    Workers asking = new Workers("sandbox-ask", 2);
    // Nor those who are known behind strangers, who make up as many names as they like.
    Workers askingOfUnknown = new Workers("sandbox-ask-unknown", 2);
    // Uploads wait here and for each other, and nobody else waits behind them.
    Workers checking = new Workers("sandbox-check", Math.max(1, settings.concurrentCompiles() - 1));
    Quarantine quarantine =
        new Quarantine(settings.quarantine(), System::nanoTime, serviceObserver);
    Pauses pauses = new Pauses(System::nanoTime, Pauses.collections()).start();
    Reclaim reclaim = new Reclaim();
    GiveWay giveWay = new GiveWay();
    GuestMemory memory = new GuestMemory(settings.guestMemory(), giveWay, reclaim);
    Recordings recordings = new Recordings(settings.recorded(), ledger(memory), clock);
    giveWay.from(recordings);
    CodeCache codes = new CodeCache(memory, settings.codeMemory());
    ModuleLoader loader =
        new ModuleLoader(
            parts.store(),
            new ModuleGate(settings.gate()),
            parts.engine(),
            parts.functions(),
            new ModuleLoader.Allowance(
                settings::limits,
                settings.workers(),
                service -> shared != null && shared.includes(service)),
            memory,
            new CompileAdmission(settings.compileMemory()),
            codes,
            new WarmUp(settings::limits, settings.warmUp(), clock),
            recordings::includes);
    ServiceScheduler loadTurns =
        new ServiceScheduler(loading, loads, 0, 1, System::nanoTime, pauses);
    ModuleTable<LoadedModule> table =
        new ModuleTable<>(
            settings.slots(),
            new BlamingLoader(loader, quarantine),
            (ModuleTable.Loading) loadTurns::execute,
            System::nanoTime,
            new TableNews(observer));
    reclaim.from(table);
    var unused =
        timer
            .executor()
            .scheduleWithFixedDelay(
                () -> table.forEach(LoadedModule::closeUnneeded),
                UNNEEDED_SECONDS,
                UNNEEDED_SECONDS,
                TimeUnit.SECONDS);
    CurrentVersions versions =
        new CurrentVersions(
            parts.store(),
            settings.refresh(),
            asking,
            askingOfUnknown,
            live -> {
              // First, or the code of a slot that is evicted takes the place of what is live now.
              codes.supersede(live);
              table.supersede(live);
            });
    WriteBehind behind =
        new WriteBehind(parts.kv(), settings.writeBehindPolicy(), clock, LAST_WRITES);
    TurnScheduler turns =
        new TurnScheduler(
            new ServiceScheduler(
                guests,
                settings.workers(),
                settings.workersForKnown(),
                settings.workersPerService(),
                System::nanoTime,
                pauses),
            System::nanoTime,
            pauses);
    ServiceLog serviceLog =
        new ServiceLog(
            service -> settings.limits(service).logLinesPerMinute(),
            System::nanoTime,
            serviceObserver);
    RoomScheduler rooms =
        new RoomScheduler(
            new HookRun.Environment(
                versions,
                table,
                service -> settings.writeBehind().includes(service) ? behind : parts.kv(),
                settings::limits,
                clock,
                listener,
                observer,
                new RoomsInUse(extensions),
                quarantine,
                pauses,
                serviceLog,
                shared,
                new StoredMemories(settings.memoryKept()),
                settings.recorded().services().isEmpty() ? null : recordings),
            room -> turns.line(room.service(), loops.map(all -> all.of(room)).orElse(null)),
            timer.executor());
    leavers.set(rooms);
    HostEffects effects = null;
    SessionResumes sessions = null;
    if (shared != null) {
      HostCommits commits = new HostCommits(shared, parts.kv(), settings::limits);
      effects = new HostEffects(shared, commits);
      sessions = new SessionResumes(shared, commits);
    }
    SessionTerms terms =
        shared == null
            ? SessionTerms.NONE
            : new SessionTerms(settings.grace(), parts.kv().isShared());
    HostOrder order = new HostOrder(rooms, shared, effects, sessions, terms);
    extensions.forEach(extension -> extension.start(order));
    DueTimers timers =
        new DueTimers(parts.kv(), rooms, clock, timer.executor(), serviceLog, timerListener);
    Preload preload = new Preload(parts.store(), loader, loadTurns::execute, settings.preload());
    asking.execute(preload::start);
    Publisher publisher =
        new Publisher(
            parts.store(), versions, settings.uploads(), loader::check, checking, serviceObserver);
    return new Sandbox(
        rooms,
        publisher,
        parts.functions(),
        new Operator(
            rooms,
            table,
            versions,
            publisher,
            quarantine,
            memory,
            codes,
            recordings,
            behind,
            new Backends(started.engine(), started.store(), started.kv()),
            new RoomInspection(started.kv(), new EntryReader(parts.functions())::read),
            timers,
            parts.functions(),
            settings::limits,
            clock),
        timers,
        () -> {
          if (shared != null) {
            shared.close();
          }
          codes.close(); // first, lest what the table lets go of be kept, and make room for others
          preload.close();
          table.close();
          timer.close();
          pauses.close();
          guests.close();
          checking.close();
          loading.close();
          asking.close();
          askingOfUnknown.close();
          parts.functions().close();
          behind.close();
          plugins.close();
          jars.close();
        });
  }

  /** The rooms of many servers, if there can be any. */
  private static @Nullable SharedRooms shared(
      SandboxSettings settings,
      Parts parts,
      List<RoomFollower> followers,
      Timer timer,
      AtomicReference<@Nullable RoomScheduler> leavers) {
    boolean isWanted =
        switch (settings.sharing()) {
          case AUTO -> parts.kv().isShared();
          case ALWAYS -> true;
          case NEVER -> false;
        };
    Optional<RoomLog> log = parts.kv().log();
    Optional<ServerLeases> servers = parts.kv().servers();
    if (!isWanted || log.isEmpty() || servers.isEmpty()) {
      if (settings.sharing() == SandboxSettings.Sharing.ALWAYS) {
        throw new ConfigurationException(
            "setting 'rooms.shared' is 'always', and the KV store '%s' keeps no logs of rooms; choose another store, or 'auto'"
                .formatted(parts.kv().name()));
      }
      return null;
    }
    SharedRooms made =
        new SharedRooms(
            log.get(),
            servers.get(),
            parts.functions(),
            service -> !settings.writeBehind().includes(service),
            followers,
            settings.place(),
            settings.grace(),
            timer.executor(),
            (leave, ended) -> {
              RoomScheduler rooms = leavers.get();
              if (rooms == null) {
                ended.accept(false);
              } else {
                rooms.runLeave(leave, ended);
              }
            });
    try {
      made.start();
    } catch (Throwable e) {
      timer.close();
      throw e;
    }
    return made;
  }

  /**
   * A version that cannot be initialised, and not for want of memory, costs a load for each try:
   * that is a fault of its own.
   */
  private record BlamingLoader(ModuleLoader loader, Quarantine quarantine)
      implements ModuleTable.Loader<LoadedModule> {
    @Override
    public LoadedModule load(ModuleVersion version) {
      return blaming(version, loader::load);
    }

    @Override
    public @Nullable LoadedModule loadAtOnce(ModuleVersion version) {
      return blaming(version, loader::loadAtOnce);
    }

    @Override
    public boolean isClosedAtOnce(LoadedModule module) {
      return loader.isClosedAtOnce(module);
    }

    private <T extends @Nullable Object> T blaming(
        ModuleVersion version, Function<ModuleVersion, T> load) {
      try {
        return load.apply(version);
      } catch (GuestException e) {
        if (e.kind() != GuestException.Kind.MEMORY) {
          quarantine.faultOfLoad(version, e);
        }
        throw e;
      }
    }
  }

  private static Ledger ledger(GuestMemory memory) {
    return new Ledger() {
      @Override
      public boolean enter(ServiceId service, long bytes) {
        return memory.enterIfFree(service, bytes);
      }

      @Override
      public void leave(ServiceId service, long bytes) {
        memory.leave(service, bytes);
      }
    };
  }

  /** Lets the ledger ask recordings to give way, which are made after it. */
  private static final class GiveWay implements BooleanSupplier {
    private volatile @Nullable Recordings recordings;

    void from(Recordings made) {
      recordings = made;
    }

    @Override
    public boolean getAsBoolean() {
      Recordings made = recordings;
      return made != null && made.giveWay();
    }
  }

  /** Lets the ledger ask the table for memory, which is made after it. */
  private static final class Reclaim implements BooleanSupplier {
    private volatile @Nullable ModuleTable<LoadedModule> table;

    void from(ModuleTable<LoadedModule> made) {
      table = made;
    }

    @Override
    public boolean getAsBoolean() {
      ModuleTable<LoadedModule> made = table;
      return made != null && made.reclaim();
    }
  }

  /** What the table does, for the log and whoever counts. */
  private static final class TableNews implements TableListener {
    private final @Nullable SandboxObserver observer;

    TableNews(@Nullable SandboxObserver observer) {
      this.observer = observer;
    }

    @Override
    public void loaded(ModuleVersion version, Duration elapsed) {
      log.debug("{} loaded in {} µs", version, elapsed.toNanos() / 1_000);
      if (observer != null) {
        observer.loaded(version, elapsed.toNanos());
      }
    }

    @Override
    public void notLoaded(ModuleVersion version, Duration elapsed) {
      if (observer != null) {
        observer.notLoaded(version, elapsed.toNanos());
      }
    }

    @Override
    public void evicted(SlotView victim, SandboxObserver.Eviction why) {
      log.debug("{} evicted: {}", victim.version(), why);
      if (observer != null) {
        observer.evicted(victim.version(), why);
      }
    }
  }
}
