package org.cloudramp.sandbox.core.module;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.core.table.ModuleTable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * After a start, compiles what the store says is live, so that the first who joins does not wait
 * for that, nor for the JVM to load a compiler. One service at a time, in turn with the loads that
 * somebody waits for. What is compiled is kept as {@link CodeCache} keeps it, and no slot is taken.
 *
 * <p>It is a kindness and no promise: what goes wrong with a service is left to whoever needs it.
 */
public final class Preload implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Preload.class);

  private static final int AT_ONCE = 100;

  private final ModuleStore store;
  private final ModuleLoader loader;
  private final ModuleTable.Loading loading;
  private final int most;

  // One task at a time.
  private final Queue<ServiceId> listed = new ArrayDeque<>();
  private @Nullable ServiceId last;
  private int begun;

  // Guarded by this.
  private boolean closed;

  /**
   * Nothing is compiled yet.
   *
   * @param most how many services
   */
  public Preload(ModuleStore store, ModuleLoader loader, ModuleTable.Loading loading, int most) {
    this.store = store;
    this.loader = loader;
    this.loading = loading;
    this.most = most;
  }

  /** Begins with the first service, on the thread that may ask the store. */
  public void start() {
    try {
      next();
    } catch (SandboxException e) {
      log.debug("what is live is not compiled before somebody needs it", e);
    }
  }

  private void next() {
    if (begun >= most) {
      return;
    }
    if (listed.isEmpty()) {
      listed.addAll(list());
    }
    ServiceId service = listed.poll();
    if (service == null) {
      return;
    }
    last = service;
    begun++;
    schedule(service);
  }

  private List<ServiceId> list() {
    return store.services(Optional.ofNullable(last), Math.min(AT_ONCE, most - begun));
  }

  private synchronized void schedule(ServiceId service) {
    if (!closed) {
      loading.execute(service, () -> compile(service));
    }
  }

  private void compile(ServiceId service) {
    try {
      store.current(service).ifPresent(loader::preload);
    } catch (SandboxException e) {
      log.debug("service '{}' is not compiled before somebody needs it", service, e);
    }
    start();
  }

  /** Begins with no further service. Idempotent. */
  @Override
  public synchronized void close() {
    closed = true;
  }
}
