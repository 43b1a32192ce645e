package org.cloudramp.sandbox.core.observe;

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
    try {
      observer.loaded(version, nanos);
    } catch (Throwable e) {
      failed(e);
    }
  }

  @Override
  public void notLoaded(ModuleVersion version, long nanos) {
    try {
      observer.notLoaded(version, nanos);
    } catch (Throwable e) {
      failed(e);
    }
  }

  @Override
  public void compiled(boolean succeeded, long nanos) {
    try {
      observer.compiled(succeeded, nanos);
    } catch (Throwable e) {
      failed(e);
    }
  }

  @Override
  public void evicted(ModuleVersion version, Eviction why) {
    try {
      observer.evicted(version, why);
    } catch (Throwable e) {
      failed(e);
    }
  }

  @Override
  public void commitEnded(CommitEnd end, long nanos) {
    try {
      observer.commitEnded(end, nanos);
    } catch (Throwable e) {
      failed(e);
    }
  }

  @Override
  public void retried(Retry why) {
    try {
      observer.retried(why);
    } catch (Throwable e) {
      failed(e);
    }
  }

  @Override
  public void kvAnswered(KvOperation operation, StoreException.@Nullable Kind trouble, long nanos) {
    try {
      observer.kvAnswered(operation, trouble, nanos);
    } catch (Throwable e) {
      failed(e);
    }
  }

  private void failed(Throwable failure) {
    log.error("sandbox observer {} failed", observer.getClass().getName(), failure);
  }
}
