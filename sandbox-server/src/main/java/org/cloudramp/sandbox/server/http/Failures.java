package org.cloudramp.sandbox.server.http;

import java.util.Locale;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is answered when something has gone wrong, for all routes alike. */
final class Failures {
  private static final Logger log = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  /** Runs what answers a request, and answers itself if that fails. */
  static void answered(ApiRequest request, Runnable answer) {
    try {
      answer.run();
    } catch (RuntimeException | Error e) {
      answer(request, e);
    }
  }

  /** Answers that something was thrown. */
  static void answer(ApiRequest request, Throwable thrown) {
    String message = String.valueOf(thrown.getMessage());
    if (thrown instanceof BadRequestException) {
      request.fail(400, "bad_request", message);
    } else if (thrown instanceof ModuleException e) {
      request.fail(statusOf(e.kind()), nameOf(e.kind()), message);
    } else if (thrown instanceof GuestException e) {
      request.fail(422, nameOf(e.kind()), message);
    } else if (thrown instanceof StoreException e) {
      log.warn("a request for a service failed", e);
      request.fail(statusOf(e.kind()), nameOf(e.kind()), message);
    } else if (thrown instanceof RefusedException e) {
      request.fail(statusOf(e.kind()), nameOf(e.kind()), message);
    } else {
      log.error("a request for a service failed", thrown);
      request.fail(500, "internal", "the server failed; its log says why");
    }
  }

  private static int statusOf(ModuleException.Kind kind) {
    return switch (kind) {
      case NOT_FOUND -> 404;
      case MALFORMED -> 400;
      case LIMIT, UNLINKABLE, INTEGRITY -> 422;
    };
  }

  private static int statusOf(StoreException.Kind kind) {
    return switch (kind) {
      case UNAVAILABLE, TIMEOUT -> 503;
      case CONFLICT -> 409;
      case REFUSED -> 500;
      case QUOTA -> 507;
    };
  }

  private static int statusOf(RefusedException.Kind kind) {
    return switch (kind) {
      case TOO_LARGE -> 413;
      case TIMER_GONE, TAKEN_BEFORE -> 409;
      case QUEUE_FULL, CLOSED, QUARANTINED, ROOM_QUARANTINED, CONNECTION_QUARANTINED -> 503;
    };
  }

  private static String nameOf(Enum<?> kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
