package org.cloudramp.sandbox.core.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvScope;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.abi.GuestEvent;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.kv.KvFailure;
import org.cloudramp.sandbox.core.module.LoadedModule;
import org.cloudramp.sandbox.core.table.Lease;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call on its way: which version is live, a lease on it, a run of the hook, the commit of its
 * writes, its effects. Each step runs on a worker, and where it has to wait for somebody it lets
 * the worker go.
 */
final class HookRun {
  private static final Logger log = LoggerFactory.getLogger(HookRun.class);

  /** What {@code onError} is told when a store failed; the other codes are the guest's kinds. */
  private static final int STORE_FAILED = 6;

  /** Who has to do something about a failure. */
  private enum Blame {
    GUEST,
    STORE
  }

  private final HookCall call;
  private final Dispatcher.Environment environment;
  private final KvStore store;
  private final Executor workers;
  private final Runnable whenEnded;
  private final CompletableFuture<HookResult> result = new CompletableFuture<>();

  // Known from the first step that needs them; a repeated attempt sees the same.
  private Instant time = Instant.EPOCH;
  private long seed;
  private long start;

  private int attempts;

  /** The id of the transaction that the room is reserved for, if this run has had to reserve it. */
  private Optional<String> reservedFor = Optional.empty();

  /** What has gone wrong with the hook, while {@code onError} runs. */
  private @Nullable SandboxException failure;

  /**
   * A run that has not begun.
   *
   * @param workers where it goes on after it has waited
   * @param whenEnded called last, whatever came of it
   */
  HookRun(HookCall call, Dispatcher.Environment environment, Executor workers, Runnable whenEnded) {
    this.call = call;
    this.environment = environment;
    this.store = environment.stores().apply(call.service());
    this.workers = workers;
    this.whenEnded = whenEnded;
  }

  CompletableFuture<HookResult> result() {
    return result;
  }

  /** Takes the first step. On a worker. */
  void begin() {
    time = environment.clock().instant();
    seed = ThreadLocalRandom.current().nextLong();
    start = System.nanoTime();
    environment.listener().onBegin(call);
    step(
        environment.versions().of(call.service()),
        (version, error) -> {
          if (error != null) {
            abort(error);
          } else if (version.isEmpty()) {
            abort(
                new ModuleException(
                    ModuleException.Kind.NOT_FOUND,
                    "service '%s' is unknown: no module is live under that id"
                        .formatted(call.service())));
          } else {
            Optional<GuestException> quarantined = environment.quarantine().check(version.get());
            if (quarantined.isPresent()) {
              abort(quarantined.get());
            } else {
              attempt(version.get(), GuestEvent.of(call));
            }
          }
        });
  }

  private void attempt(ModuleVersion version, GuestEvent event) {
    Lease<LoadedModule> lease = environment.table().acquire(version);
    if (lease != null) {
      run(lease, event);
      return;
    }
    step(
        environment.table().load(version),
        (loaded, error) -> {
          if (error == null) {
            run(loaded, event);
          } else if (failure == null) {
            abort(error);
          } else {
            fail(version, event, asSandboxException(error), Blame.STORE);
          }
        });
  }

  private void run(Lease<LoadedModule> lease, GuestEvent event) {
    LoadedModule module = lease.module();
    HookTransaction transaction = null;
    GuestInstance.Status status;
    try (lease) {
      if (!module.program().hooks().contains(event.hook())) {
        end(module.version(), new HookOutcome.Absent(), List.of());
        return;
      }
      transaction =
          new HookTransaction(module, event, time, limits(), store, environment.serviceLog());
      status = runGuest(module, event, transaction);
    } catch (SandboxException e) {
      boolean storeIsToBlame = transaction != null && transaction.keys().storeIsToBlame();
      fail(module.version(), event, e, storeIsToBlame ? Blame.STORE : Blame.GUEST);
      return;
    } catch (Throwable e) { // a fault of ours or the engine's must not stop the room
      log.error("{} failed in the host", describe(module.version(), event.hook()), e);
      fail(
          module.version(),
          event,
          new GuestException(GuestException.Kind.TRAPPED, "internal error: " + e, e),
          Blame.GUEST);
      return;
    }
    if (status == GuestInstance.Status.REFUSED) {
      end(module.version(), new HookOutcome.Refused(), List.of());
    } else if (transaction.keys().hasWrites()) {
      commit(module, event, transaction);
    } else {
      complete(module.version(), transaction);
    }
  }

  private GuestInstance.Status runGuest(
      LoadedModule module, GuestEvent event, HookTransaction transaction) {
    LoadedModule.Loan loan = module.take(call.room());
    GuestInstance instance = loan.instance();
    try {
      transaction.startClock();
      if (startsRoom(module, loan)) {
        if (runHook(instance, GuestEvent.started(call), transaction)
            == GuestInstance.Status.REFUSED) {
          module.discard(instance);
          return GuestInstance.Status.REFUSED;
        }
      }
      GuestInstance.Status status = runHook(instance, event, transaction);
      module.giveBack(call.room(), instance);
      return status;
    } catch (IndexOutOfBoundsException e) {
      module.discard(instance);
      throw new GuestException(
          GuestException.Kind.ABI, "a pointer of the mailbox is not within the memory", e);
    } catch (Throwable e) {
      module.discard(instance);
      throw e;
    } finally {
      transaction.closeLog();
    }
  }

  private GuestInstance.Status runHook(
      GuestInstance instance, GuestEvent event, HookTransaction transaction) {
    transaction.goOnWith(event);
    return instance.run(
        event.hook(), event.encode(time, seed), transaction, transaction.remaining());
  }

  /** A room that keeps memory begins with onStart, in the transaction of its first hook. */
  private static boolean startsRoom(LoadedModule module, LoadedModule.Loan loan) {
    return module.keepsRoomMemory()
        && loan.initial()
        && module.program().hooks().contains(Hook.ON_START);
  }

  private void commit(LoadedModule module, GuestEvent event, HookTransaction transaction) {
    ModuleVersion version = module.version();
    step(
        new Commit(
                store,
                transaction.keys(),
                reservedFor.orElseGet(() -> UUID.randomUUID().toString()),
                limits().commitTime())
            .confirm(),
        (outcome, error) -> {
          reservedFor = Optional.empty(); // whatever the store has said, it has let go of the room
          if (outcome != CommitResult.COMMITTED) {
            // What the room remembers of this run did not happen.
            module.forget(call.room());
          }
          if (error != null) {
            fail(version, event, asSandboxException(error), Blame.STORE);
          } else if (outcome == CommitResult.COMMITTED) {
            complete(version, transaction);
          } else if (++attempts < limits().attempts()) {
            attemptAgain(version, event);
          } else {
            fail(
                version,
                event,
                new StoreException(
                    StoreException.Kind.CONFLICT,
                    "others changed the same keys in each of %d attempts (limits.attempts)"
                        .formatted(attempts)),
                Blame.STORE);
          }
        });
  }

  private void attemptAgain(ModuleVersion version, GuestEvent event) {
    step(
        contention().next(attempts),
        (next, error) -> {
          if (error != null) {
            fail(version, event, asSandboxException(error), Blame.STORE);
          } else {
            reservedFor = next;
            attempt(version, event);
          }
        });
  }

  private void complete(ModuleVersion version, HookTransaction transaction) {
    end(version, new HookOutcome.Completed(), transaction.happen());
  }

  /** The run has failed: tell the guest once, in a run of its own, unless that is what failed. */
  private void fail(ModuleVersion version, GuestEvent event, SandboxException cause, Blame blame) {
    letGoOfTheRoom();
    environment
        .serviceLog()
        .warn(call.service(), "{} failed: {}", describe(version, event.hook()), cause.getMessage());
    if (failure != null) {
      end(version, new HookOutcome.Failed(failure), List.of());
      return;
    }
    // Memory may be short because of others; everything else is the guest's own doing.
    if (blame == Blame.GUEST
        && cause instanceof GuestException own
        && own.kind() != GuestException.Kind.MEMORY) {
      environment.quarantine().fault(version, own);
    }
    failure = inContext(version, event.hook(), cause);
    attempts = 0;
    attempt(version, GuestEvent.failed(call, codeOf(cause), String.valueOf(cause.getMessage())));
  }

  private void end(ModuleVersion version, HookOutcome outcome, List<Event> events) {
    letGoOfTheRoom();
    // Whatever onError does, the hook has failed.
    HookOutcome ownOutcome = failure == null ? outcome : new HookOutcome.Failed(failure);
    HookResult hookResult =
        new HookResult(
            call, version, ownOutcome, events, Duration.ofNanos(System.nanoTime() - start));
    environment.listener().onEnd(hookResult);
    result.complete(hookResult);
    whenEnded.run();
  }

  /** No code of the service could be run. */
  private void abort(Throwable cause) {
    letGoOfTheRoom();
    SandboxException typed = asSandboxException(cause);
    environment
        .serviceLog()
        .warn(
            call.service(),
            "service '{}', room '{}': {} did not run: {}",
            call.service(),
            call.room(),
            call.hook(),
            typed.getMessage());
    environment.listener().onAbort(call, typed);
    result.completeExceptionally(typed);
    whenEnded.run();
  }

  /** Nothing will be committed under the id that the room may be reserved for. */
  private void letGoOfTheRoom() {
    Optional<String> reserved = reservedFor;
    reservedFor = Optional.empty(); // first, so that a store which throws is not asked again
    reserved.ifPresent(id -> contention().release(id));
  }

  private Contention contention() {
    Limits limits = limits();
    return new Contention(
        store, new KvScope(call.service(), call.room()), limits.time(), limits.commitTime());
  }

  /** Goes on at once if there is nothing to wait for, and otherwise on a worker when there is. */
  private <T> void step(CompletableFuture<T> waited, BiConsumer<T, @Nullable Throwable> next) {
    BiConsumer<T, @Nullable Throwable> guarded =
        (value, error) -> {
          try {
            next.accept(value, error);
          } catch (Throwable fault) { // of ours; without this the room would wait for ever
            abort(fault);
          }
        };
    CompletableFuture<T> unused =
        waited.isDone() ? waited.whenComplete(guarded) : waited.whenCompleteAsync(guarded, workers);
  }

  private SandboxException asSandboxException(Throwable error) {
    Throwable cause = KvFailure.cause(error);
    if (cause instanceof SandboxException typed) {
      return typed;
    }
    if (cause instanceof TimeoutException) {
      return new StoreException(
          StoreException.Kind.TIMEOUT,
          "KV store '%s' did not confirm the commit within %s (limits.commitTime); it may have happened"
              .formatted(store.name(), limits().commitTime()),
          cause);
    }
    log.error("service '{}', room '{}' failed in the host", call.service(), call.room(), cause);
    return new StoreException(StoreException.Kind.UNAVAILABLE, "internal error: " + cause, cause);
  }

  private SandboxException inContext(ModuleVersion version, Hook hook, SandboxException cause) {
    String message = describe(version, hook) + ": " + cause.getMessage();
    if (cause instanceof GuestException guest) {
      return new GuestException(guest.kind(), message, guest);
    }
    if (cause instanceof StoreException store) {
      return new StoreException(store.kind(), message, store);
    }
    return cause;
  }

  private String describe(ModuleVersion version, Hook hook) {
    return "%s, room '%s', %s".formatted(version, call.room(), hook);
  }

  private static int codeOf(SandboxException cause) {
    return cause instanceof GuestException guest ? guest.kind().code() : STORE_FAILED;
  }

  private Limits limits() {
    return environment.limits().apply(call.service());
  }
}
