package org.cloudramp.sandbox.core.observe;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.core.ServiceObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Tells several observers, and keeps what they throw away from those who tell. */
public final class GuardedServiceObserver implements ServiceObserver {
  private static final Logger log = LoggerFactory.getLogger(GuardedServiceObserver.class);

  private final List<ServiceObserver> observers;

  /** Tells them in this order. */
  public GuardedServiceObserver(Collection<ServiceObserver> observers) {
    this.observers = List.copyOf(observers);
  }

  @Override
  public boolean hearsLines() {
    for (ServiceObserver observer : observers) {
      try {
        if (observer.hearsLines()) {
          return true;
        }
      } catch (Throwable e) {
        failed(observer, e);
      }
    }
    return false;
  }

  @Override
  public void logged(ModuleVersion version, RoomId room, Hook hook, Level level, String line) {
    tell(told -> told.logged(version, room, hook, level, line));
  }

  @Override
  public void rests(ModuleVersion version, Optional<RoomId> room, Duration time, String why) {
    tell(told -> told.rests(version, room, time, why));
  }

  @Override
  public void checked(ModuleVersion version, boolean passed, long cpuNanos) {
    tell(told -> told.checked(version, passed, cpuNanos));
  }

  @Override
  public void lifted(ModuleVersion version) {
    tell(told -> told.lifted(version));
  }

  private void tell(Consumer<ServiceObserver> news) {
    for (ServiceObserver observer : observers) {
      try {
        news.accept(observer);
      } catch (Throwable e) {
        failed(observer, e);
      }
    }
  }

  private static void failed(ServiceObserver observer, Throwable e) {
    log.error("service observer {} failed", observer.getClass().getName(), e);
  }
}
