package org.cloudramp.sandbox.core.observe;

import java.util.function.Consumer;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.core.SandboxObserver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells an observer, and keeps what it throws away from those who tell. */
public final class GuardedObserver implements SandboxObserver {
  private static final Logger log = LoggerFactory.getLogger(GuardedObserver.class);

  private final SandboxObserver observer;

  /** Tells {@code observer}. */
  public GuardedObserver(SandboxObserver observer) {
    this.observer = observer;
  }

  @Override
  public void loaded(ModuleVersion version, long nanos) {
    tell(told -> told.loaded(version, nanos));
  }

  @Override
  public void notLoaded(ModuleVersion version, long nanos) {
    tell(told -> told.notLoaded(version, nanos));
  }

  @Override
  public void compiled(boolean succeeded, long nanos) {
    tell(told -> told.compiled(succeeded, nanos));
  }

  @Override
  public void evicted(ModuleVersion version, Eviction why) {
    tell(told -> told.evicted(version, why));
  }

  @Override
  public void commitEnded(CommitEnd end, long nanos) {
    tell(told -> told.commitEnded(end, nanos));
  }

  @Override
  public void retried(Retry why) {
    tell(told -> told.retried(why));
  }

  @Override
  public void kvAnswered(KvOperation operation, StoreException.@Nullable Kind trouble, long nanos) {
    tell(told -> told.kvAnswered(operation, trouble, nanos));
  }

  private void tell(Consumer<SandboxObserver> news) {
    try {
      news.accept(observer);
    } catch (Throwable e) {
      log.error("sandbox observer {} failed", observer.getClass().getName(), e);
    }
  }
}
