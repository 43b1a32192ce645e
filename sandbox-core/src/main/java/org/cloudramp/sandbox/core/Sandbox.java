package org.cloudramp.sandbox.core;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.core.dispatch.Dispatcher;
import org.cloudramp.sandbox.core.dispatch.Quarantine;
import org.cloudramp.sandbox.core.function.FunctionCatalogue;
import org.cloudramp.sandbox.core.function.FunctionsJson;
import org.cloudramp.sandbox.core.module.CurrentVersions;
import org.cloudramp.sandbox.core.module.LoadedModule;
import org.cloudramp.sandbox.core.module.ModuleLoader;
import org.cloudramp.sandbox.core.table.ModuleTable;
import org.cloudramp.sandbox.core.table.SlotView;

/**
 * Runs what customers upload. One for each process is enough. Thread-safe.
 *
 * {@snippet :
 * try (Sandbox sandbox = Sandbox.builder().settings(Map.of("store.filesystem.folder", "modules")).build()) {
 *   sandbox.publish(chat, Files.readAllBytes(Path.of("chat.wasm")));
 *   sandbox.dispatch(new HookCall.Message(chat, lobby, someone, Payload.text("hello")))
 *       .thenAccept(result -> result.events().forEach(System.out::println));
 * }
 * }
 */
public final class Sandbox implements AutoCloseable {
  private final ModuleStore store;
  private final FunctionCatalogue functions;
  private final ModuleLoader loader;
  private final CurrentVersions versions;
  private final ModuleTable<LoadedModule> table;
  private final Dispatcher dispatcher;
  private final Quarantine quarantine;
  private final UploadQuota uploads;
  private final Executor checking;
  private final AutoCloseable whatItRunsOn;

  Sandbox(
      ModuleStore store,
      FunctionCatalogue functions,
      ModuleLoader loader,
      CurrentVersions versions,
      ModuleTable<LoadedModule> table,
      Dispatcher dispatcher,
      Quarantine quarantine,
      UploadQuota uploads,
      Executor checking,
      AutoCloseable whatItRunsOn) {
    this.store = store;
    this.functions = functions;
    this.loader = loader;
    this.versions = versions;
    this.table = table;
    this.dispatcher = dispatcher;
    this.quarantine = quarantine;
    this.uploads = uploads;
    this.checking = checking;
    this.whatItRunsOn = whatItRunsOn;
  }

  /** Begins a sandbox. */
  public static SandboxBuilder builder() {
    return new SandboxBuilder();
  }

  /**
   * Queues a call in its room. Never blocks.
   *
   * @return completes when the hook has run, whatever came of it: see {@link HookResult#outcome}.
   *     It completes exceptionally only if the hook did not run: with a {@link
   *     org.cloudramp.sandbox.api.error.GuestException} of kind quota, at once, if the room's queue
   *     is full or the sandbox closed; with a {@link
   *     org.cloudramp.sandbox.api.error.ModuleException} if the service has no module that can be
   *     loaded; with a {@link org.cloudramp.sandbox.api.error.StoreException} if the store cannot
   *     be asked. What follows on it runs on a thread that runs guests, so it must be quick, or
   *     asynchronous
   */
  public CompletionStage<HookResult> dispatch(HookCall call) {
    return dispatcher.dispatch(call);
  }

  /**
   * Checks a module all the way to its first instance, keeps it in the store, and makes it live. If
   * any of that fails, what is live stays live. Blocks.
   *
   * @throws org.cloudramp.sandbox.api.error.ModuleException if it is not acceptable, with the
   *     reason by name
   * @throws org.cloudramp.sandbox.api.error.GuestException if it cannot be initialised
   * @throws org.cloudramp.sandbox.api.error.StoreException if it cannot be kept
   */
  public ModuleVersion publish(ServiceId service, byte[] wasm) {
    ModuleVersion version = new ModuleVersion(service, Digest.of(wasm));
    uploads.count(service);
    check(version, wasm);
    store.publish(service, wasm);
    store.activate(service, version.digest());
    versions.changed(version);
    return version;
  }

  /** Where guests may run: an engine may need more stack than the caller's thread has. */
  private void check(ModuleVersion version, byte[] wasm) {
    try {
      CompletableFuture.runAsync(() -> loader.check(version, wasm), checking).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof SandboxException typed ? typed : e;
    }
  }

  /**
   * Makes a published version live, for instance an earlier one. Blocks.
   *
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind not found if it is not
   *     published
   * @throws org.cloudramp.sandbox.api.error.StoreException if the store cannot do it
   */
  public void activate(ServiceId service, Digest digest) {
    store.activate(service, digest);
    versions.changed(new ModuleVersion(service, digest));
  }

  /**
   * Makes live again what was live before the live version. It is one step: a second call fails
   * until another version is made live, so that of two people who see the same trouble none undoes
   * what the other did. Blocks.
   *
   * @return what is live now
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind not found if there is nothing
   *     to go back to
   * @throws org.cloudramp.sandbox.api.error.StoreException of kind conflict if somebody else made
   *     another version live at the same time, and then this changed nothing; of another kind if
   *     the store cannot do it
   */
  public ModuleVersion rollback(ServiceId service) {
    ModuleVersion version = store.rollback(service);
    versions.changed(version);
    return version;
  }

  /**
   * The live version, asked of the store. Blocks.
   *
   * @throws org.cloudramp.sandbox.api.error.StoreException if the store cannot be asked
   */
  public Optional<ModuleVersion> current(ServiceId service) {
    return store.current(service);
  }

  /**
   * The published versions, the last published first, asked of the store. Blocks.
   *
   * @throws org.cloudramp.sandbox.api.error.StoreException if the store cannot be asked
   */
  public List<ModuleVersion> versions(ServiceId service) {
    return store.versions(service);
  }

  /**
   * The modules in slots now, the last requested first; never more than the setting {@code slots}.
   */
  public List<SlotView> slots() {
    return table.slots();
  }

  /**
   * What guests can import from providers of host functions, as the JSON text that {@code npx room
   * bindings} reads; whether a service may is the operator's to say.
   */
  public String functionsJson() {
    return FunctionsJson.write(functions.offered());
  }

  /** Lets a version run again that is in quarantine after repeated faults. */
  public void liftQuarantine(ModuleVersion version) {
    quarantine.lift(version);
  }

  /** Bytes of memory that guests have now, those that run counted with all they could grow to. */
  public long guestMemory() {
    return loader.memory().used();
  }

  /** How many rooms have calls that wait or run. */
  public int activeRooms() {
    return dispatcher.activeRooms();
  }

  /**
   * Takes no more calls, waits a few seconds for those it has, and ends threads and plugins.
   * Idempotent.
   */
  @Override
  public void close() {
    dispatcher.close();
    table.close();
    try {
      whatItRunsOn.close();
    } catch (Exception e) {
      throw new IllegalStateException("closing the sandbox failed", e);
    }
  }
}
