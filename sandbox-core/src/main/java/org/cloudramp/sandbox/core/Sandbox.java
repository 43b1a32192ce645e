package org.cloudramp.sandbox.core;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.function.FunctionCatalogue;
import org.cloudramp.sandbox.core.publish.Publisher;
import org.cloudramp.sandbox.core.room.RoomScheduler;
import org.cloudramp.sandbox.core.timer.DueTimers;

/**
 * Runs what customers upload. One for each process is enough. Thread-safe.
 *
 * <pre>{@code
 * try (Sandbox sandbox = Sandbox.builder().settings(Map.of("store.filesystem.folder", "modules")).build()) {
 *   sandbox.publish(chat, Files.readAllBytes(Path.of("chat.wasm")));
 *   sandbox.dispatch(new HookCall.Message(new RoomAddress(chat, lobby), someone, Payload.text("hello")))
 *       .thenAccept(result -> result.events().forEach(System.out::println));
 * }
 * }</pre>
 */
public final class Sandbox implements AutoCloseable {
  /** How long {@link #close()} waits. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(3);

  private final RoomScheduler rooms;
  private final Publisher publisher;
  private final FunctionCatalogue functions;
  private final Operator operator;
  private final DueTimers timers;
  private final AutoCloseable resources;

  Sandbox(
      RoomScheduler rooms,
      Publisher publisher,
      FunctionCatalogue functions,
      Operator operator,
      DueTimers timers,
      AutoCloseable resources) {
    this.rooms = rooms;
    this.publisher = publisher;
    this.functions = functions;
    this.operator = operator;
    this.timers = timers;
    this.resources = resources;
  }

  /** Fires the timers of rooms from now on. */
  void startTimers() {
    timers.start();
  }

  /** Begins a sandbox. */
  public static SandboxBuilder builder() {
    return new SandboxBuilder();
  }

  /**
   * Queues a call in its room, if there is a place at once. Never blocks.
   *
   * @return completes when the hook has run, whatever came of it: see {@link HookResult#outcome}.
   *     It completes exceptionally only if the hook did not run: with a {@link
   *     org.cloudramp.sandbox.api.error.RefusedException} if the room's queue is full, the message
   *     is too large, the version rests after repeated faults, or the sandbox is closed; with a
   *     {@link org.cloudramp.sandbox.api.error.ModuleException} or {@link
   *     org.cloudramp.sandbox.api.error.GuestException} if the service has no module that can be
   *     loaded and initialised; with a {@link org.cloudramp.sandbox.api.error.StoreException} if
   *     the store cannot be asked; with a {@link org.cloudramp.sandbox.api.error.HostException} if
   *     the host failed. A {@link HookCall.Leave} that did not run because the version rests or
   *     cannot be loaded is made up later, once: before the next hook of its room, or when the
   *     version runs again. What follows on it runs on a thread that runs guests, so it must be
   *     quick, or asynchronous
   */
  public CompletionStage<HookResult> dispatch(HookCall call) {
    RoomScheduler.Answer answer = new RoomScheduler.Answer();
    Submission unused = rooms.submit(call, Duration.ZERO, answer);
    return answer.stage();
  }

  /**
   * As {@link #dispatch}, and if the room is idle its hook runs on the calling thread, as {@link
   * #runOrSubmit} says: the stage has then completed when this returns, unless the hook waits for a
   * store.
   */
  public CompletionStage<HookResult> runOrDispatch(HookCall call) {
    RoomScheduler.Answer answer = new RoomScheduler.Answer();
    Submission unused = rooms.runOrSubmit(call, Duration.ZERO, answer);
    return answer.stage();
  }

  /**
   * Hands a call in, for a server that has to hold its clients back. Never blocks. If the queue of
   * the room is full, the call waits for a place, in the order in which calls came, and nobody
   * overtakes it.
   *
   * <p>Those who wait for a place are not counted: hand in the next call of a client when the one
   * before it is {@linkplain Submission.Listener#queued queued}, and so hold that client back.
   *
   * @param patience how long it may wait for a place; zero for not at all. Afterwards it ends with
   *     a {@link org.cloudramp.sandbox.api.error.RefusedException} of kind queue full
   * @param listener told of the place and of the end
   */
  public Submission submit(HookCall call, Duration patience, Submission.Listener listener) {
    return rooms.submit(call, patience, listener);
  }

  /**
   * As {@link #submit}, and if the room is idle its hook runs on the calling thread: no thread has
   * to wake another, which takes longer than most hooks do. For a caller that has a thread to lend,
   * such as an event loop.
   *
   * <ol>
   *   <li>The thread is held for this one hook, within its budgets: {@code limits.time}, once more
   *       if {@code onError} runs and once more for effects of plugins, and {@code
   *       limits.initializeTime} if an instance has to be made. When the hook waits, for its
   *       module, a commit, or a leave that has to run before it, the thread is free, and the rest
   *       runs on threads of the sandbox.
   *   <li>If the room is busy the call takes its place in the queue and runs on a thread of the
   *       sandbox, as with {@link #submit}. So in a room there is one order, whichever way its
   *       calls come.
   *   <li>The hook needs no thread of the sandbox, so it runs beside those that {@code workers} and
   *       {@code workersPerService} count. Its time is its service's all the same.
   *   <li>Listeners, extensions and {@code RoomConnection}s are called on this thread before this
   *       returns; so hold no lock that they take.
   *   <li>A hook that has to be stopped is, by an interrupt of this thread that is over when this
   *       returns; others' interrupts stay pending.
   * </ol>
   *
   * The thread must have a stack of 2 MiB, and not be in a hook: not called by a listener, a host
   * function or a connection.
   *
   * @param patience as for {@link #submit}
   * @param listener told of the place and of the end, both before this returns if the hook ran here
   */
  public Submission runOrSubmit(HookCall call, Duration patience, Submission.Listener listener) {
    return rooms.runOrSubmit(call, patience, listener);
  }

  /**
   * Runs something of the host's in the order of a room: after the hooks that were queued before,
   * and before those that come later. An extension is {@linkplain
   * org.cloudramp.sandbox.api.extension.Extension#start given} this.
   *
   * @param task quick, and waits for nothing
   * @return as {@link org.cloudramp.sandbox.api.extension.RoomOrder#run}
   */
  public CompletionStage<Void> runInOrder(RoomAddress address, Runnable task) {
    return rooms.run(address, task);
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
    ModuleVersion version = publisher.publish(service, wasm);
    rooms.makeUpLeaves(service);
    return version;
  }

  /**
   * Makes a published version live, for instance an earlier one. Blocks.
   *
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind not found if it is not
   *     published
   * @throws org.cloudramp.sandbox.api.error.StoreException if the store cannot do it
   */
  public void activate(ServiceId service, Digest digest) {
    publisher.activate(service, digest);
    rooms.makeUpLeaves(service);
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
    ModuleVersion version = publisher.rollback(service);
    rooms.makeUpLeaves(service);
    return version;
  }

  /**
   * The live version, asked of the store. Blocks.
   *
   * @throws org.cloudramp.sandbox.api.error.StoreException if the store cannot be asked
   */
  public Optional<ModuleVersion> current(ServiceId service) {
    return publisher.current(service);
  }

  /**
   * The published versions, the last published first, asked of the store. Blocks.
   *
   * @throws org.cloudramp.sandbox.api.error.StoreException if the store cannot be asked
   */
  public List<ModuleVersion> versions(ServiceId service) {
    return publisher.versions(service);
  }

  /** What this server holds, and what can be done about it. */
  public Operator operator() {
    return operator;
  }

  /**
   * What guests can import from extensions and plugins, by the name of the module and in each by
   * the function's name; whether a service may is the operator's to say. The core's own {@code kv},
   * {@code request}, {@code sandbox} and {@code timer} are not among them.
   */
  public SortedMap<String, List<HostFunction>> functions() {
    return functions.offered();
  }

  /**
   * Takes no more calls, waits three seconds at most for those it has, and ends threads and
   * plugins. Idempotent.
   */
  @Override
  public void close() {
    close(CLOSE_TIME);
  }

  /**
   * As {@link #close()}, for whoever has less time, or more.
   *
   * @param patience how long it waits for hooks that have a place; those that have not begun by
   *     then are refused. What runs ends as usual, within its limits
   */
  public void close(Duration patience) {
    timers.close();
    rooms.close(patience);
    try {
      resources.close();
    } catch (Exception e) {
      throw new IllegalStateException("closing the sandbox failed", e);
    }
  }
}
