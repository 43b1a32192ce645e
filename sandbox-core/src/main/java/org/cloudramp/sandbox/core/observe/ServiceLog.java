package org.cloudramp.sandbox.core.observe;

import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.hook.Hook;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What is logged on account of a service: what its guests say, in a logger of their own, and what
 * the sandbox says of its hooks. Anybody can make a hook fail, so each has so many lines a minute.
 * Thread-safe.
 */
public final class ServiceLog {
  /** What an argument that is no text takes of a line, roughly. */
  private static final int MIN_ARGUMENT = 32;

  private final Logger guests;
  private final Logger hooks;
  private final LinesPerMinute ofGuests;
  private final LinesPerMinute ofHooks;
  private final GuardedServiceObserver observer;

  /**
   * Nothing has been logged yet.
   *
   * @param linesPerMinute of one service's guests, and again of its hooks; more are dropped and
   *     counted
   * @param ticker nanoseconds, as {@link System#nanoTime}
   * @param observer told of the lines of guests
   */
  public ServiceLog(
      ToIntFunction<ServiceId> linesPerMinute,
      LongSupplier ticker,
      GuardedServiceObserver observer) {
    this(
        linesPerMinute,
        ticker,
        observer,
        LoggerFactory.getLogger("org.cloudramp.sandbox.guest"),
        LoggerFactory.getLogger("org.cloudramp.sandbox.hooks"));
  }

  ServiceLog(
      ToIntFunction<ServiceId> linesPerMinute,
      LongSupplier ticker,
      GuardedServiceObserver observer,
      Logger guests,
      Logger hooks) {
    this.observer = observer;
    this.guests = guests;
    this.hooks = hooks;
    this.ofGuests = new LinesPerMinute(guests, linesPerMinute, ticker);
    this.ofHooks = new LinesPerMinute(hooks, linesPerMinute, ticker);
  }

  /**
   * Writes one line of a guest's, made inert, and tells of it as it is.
   *
   * @param connection on whose behalf the hook runs; it is written as a value of its own
   */
  public void write(
      Level level,
      ModuleVersion version,
      RoomId room,
      Hook hook,
      Optional<ConnectionId> connection,
      String line) {
    boolean isWritten = guests.isEnabledForLevel(level);
    // What nobody writes down does not use up what there is, unless somebody wants to hear it.
    boolean isTold = observer.hearsLines() && (isWritten || level.toInt() >= Level.INFO.toInt());
    if (!(isWritten || isTold) || !ofGuests.admits(version.service(), line.length())) {
      return;
    }
    if (isTold) {
      observer.logged(version, room, hook, level, line);
    }
    if (isWritten) {
      of(connection, guests.atLevel(level))
          .log("{} room '{}' {}: {}", version, room, hook, InertText.escape(line));
    }
  }

  /**
   * Says what became of a hook.
   *
   * @param connection on whose behalf it ran; it is written as a value of its own
   */
  public void warn(
      ServiceId service,
      Optional<ConnectionId> connection,
      String format,
      @Nullable Object... arguments) {
    if (hooks.isWarnEnabled() && ofHooks.admits(service, length(arguments))) {
      of(connection, hooks.atWarn()).log(format, arguments);
    }
  }

  private static LoggingEventBuilder of(
      Optional<ConnectionId> connection, LoggingEventBuilder line) {
    return connection.isEmpty() ? line : line.addKeyValue("connection", connection.get().value());
  }

  private static int length(@Nullable Object... arguments) {
    int length = 0;
    for (Object argument : arguments) {
      length += argument instanceof String text ? text.length() : MIN_ARGUMENT;
    }
    return length;
  }
}
