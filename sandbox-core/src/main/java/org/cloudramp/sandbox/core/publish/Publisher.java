package org.cloudramp.sandbox.core.publish;

import com.github.benmanes.caffeine.cache.Ticker;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.core.ServiceObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes versions live, for those that they come from: checked, kept, and known here at once.
 * Thread-safe; every method blocks.
 */
public final class Publisher {
  /** Goes all the way with a module, short of keeping it. */
  @FunctionalInterface
  public interface Check {
    /**
     * Throws what is wrong with the module.
     *
     * @throws SandboxException if it cannot be used
     */
    void check(ModuleVersion version, byte[] wasm);
  }

  private static final Logger audit = LoggerFactory.getLogger("org.cloudramp.sandbox.audit");

  private final ModuleStore store;
  private final CurrentVersions versions;
  private final UploadQuota quota;
  private final UploadQuota quotaOfSourceMaps;
  private final Check check;
  private final Executor checking;
  private final ServiceObserver observer;

  /**
   * A publisher.
   *
   * @param uploads what one service may have checked, of modules, and as much of source maps
   * @param checking where modules are checked: an engine may need more stack than a caller's thread
   *     has
   * @param observer told of each check; does not throw
   */
  public Publisher(
      ModuleStore store,
      CurrentVersions versions,
      UploadQuota.Policy uploads,
      Check check,
      Executor checking,
      ServiceObserver observer) {
    this.store = store;
    this.versions = versions;
    this.quota = new UploadQuota("modules", uploads, Ticker.systemTicker());
    this.quotaOfSourceMaps = new UploadQuota("source maps", uploads, Ticker.systemTicker());
    this.check = check;
    this.checking = checking;
    this.observer = observer;
  }

  /** As {@link org.cloudramp.sandbox.core.Sandbox#publish}. */
  public ModuleVersion publish(ServiceId service, byte[] wasm) {
    ModuleVersion version = new ModuleVersion(service, Digest.of(wasm));
    quota.count(service);
    try {
      CompletableFuture.runAsync(() -> checkTimed(version, wasm), checking).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof SandboxException typed ? typed : e;
    }
    store.publish(service, wasm);
    activate(service, version.digest());
    return version;
  }

  private void checkTimed(ModuleVersion version, byte[] wasm) {
    long before = usedNanos();
    boolean passed = false;
    try {
      check.check(version, wasm);
      passed = true;
    } finally {
      long took = usedNanos() - before;
      quota.took(version.service(), took);
      observer.checked(version, passed, Math.max(0, took));
    }
  }

  /** What this thread has used of a processor. */
  private static long usedNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** As {@link org.cloudramp.sandbox.core.Sandbox#activate}. */
  public void activate(ServiceId service, Digest digest) {
    store.activate(service, digest);
    versions.changed(new ModuleVersion(service, digest));
  }

  /** As {@link org.cloudramp.sandbox.core.Sandbox#rollback}. */
  public ModuleVersion rollback(ServiceId service) {
    ModuleVersion version = store.rollback(service);
    versions.changed(version);
    return version;
  }

  /** As {@link org.cloudramp.sandbox.core.Operator#services}. */
  public List<ServiceId> services(Optional<ServiceId> after, int most) {
    return store.services(after, most);
  }

  /** Removes all that the store keeps of a service; nothing of it is live here afterwards. */
  public void delete(ServiceId service) {
    try {
      store.delete(service);
    } finally {
      versions.deleted(service); // cut off on the way, it is no longer live either
    }
    audit.info("service {} is deleted", service);
  }

  /** As {@link org.cloudramp.sandbox.core.Operator#upload}. */
  public byte[] upload(ModuleVersion version) {
    return store.load(version);
  }

  /** As {@link org.cloudramp.sandbox.core.Operator#keepSourceMap}. */
  public int keepSourceMap(ModuleVersion version, Supplier<byte[]> sourceMap) {
    quotaOfSourceMaps.count(version.service());
    long before = usedNanos();
    try {
      byte[] kept = sourceMap.get();
      store.keepSourceMap(version, kept);
      return kept.length;
    } finally {
      quotaOfSourceMaps.took(version.service(), usedNanos() - before);
    }
  }

  /** As {@link org.cloudramp.sandbox.core.Operator#sourceMap}. */
  public Optional<byte[]> sourceMap(ModuleVersion version) {
    return store.sourceMap(version);
  }

  /** The live version, asked of the store. */
  public Optional<ModuleVersion> current(ServiceId service) {
    return store.current(service);
  }

  /** The published versions, the last published first, asked of the store. */
  public List<ModuleVersion> versions(ServiceId service) {
    return store.versions(service);
  }
}
