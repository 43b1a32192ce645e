package org.cloudramp.sandbox.kv.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import java.io.IOException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;

/** Says what an error of the server or the driver means to the caller. */
final class RedisFailures {
  /** The words that errors of a server begin with, where another try cannot help. */
  private static final Set<String> FINAL =
      Set.of("WRONGTYPE", "NOAUTH", "NOPERM", "WRONGPASS", "ERR", "CROSSSLOT", "DENIED");

  /** The errors that begin with {@code ERR} and pass all the same. */
  private static final String TOO_MANY_CLIENTS = "ERR max number of clients";

  private final RedisAddress address;
  private final Duration timeout;

  RedisFailures(RedisAddress address, Duration timeout) {
    this.address = address;
    this.timeout = timeout;
  }

  /** What it means that a read failed. */
  StoreException readFailed(RoomAddress room, Throwable failure) {
    return failed("read", room, failure, StoreException.Kind.UNAVAILABLE);
  }

  /** What it means that the bytes of a room or its service are not known. */
  StoreException countFailed(RoomAddress room, Throwable failure) {
    return failed("count", room, failure, StoreException.Kind.UNAVAILABLE);
  }

  /** What it means that a room could not be reserved. */
  StoreException reserveFailed(RoomAddress room, Throwable failure) {
    return failed("reserve", room, failure, StoreException.Kind.UNAVAILABLE);
  }

  /** What it means that somebody could not look into a room. */
  StoreException inspectFailed(RoomAddress room, Throwable failure) {
    return failed("look at", room, failure, StoreException.Kind.UNAVAILABLE);
  }

  /** What it means that the log of a room could not be read. */
  StoreException logFailed(RoomAddress room, Throwable failure) {
    return failed("read the log of, or", room, failure, StoreException.Kind.UNAVAILABLE);
  }

  /** What it means that timers could not be claimed, or one not be kept for later. */
  StoreException timersFailed(Throwable failure) {
    return failed(
        "the store 'redis' at %s could not keep timers of rooms".formatted(address),
        failure,
        StoreException.Kind.UNAVAILABLE);
  }

  /**
   * What it means that a commit failed. Unless the server itself answered, nobody knows whether it
   * was carried out, and that is what the kind time-out says.
   */
  StoreException commitFailed(RoomAddress room, Throwable failure) {
    return failed("commit", room, failure, StoreException.Kind.TIMEOUT);
  }

  /** What it means that a lease could not be looked after. */
  StoreException leaseFailed(Throwable failure) {
    return failed(
        "the store 'redis' at %s could not look after the leases of servers".formatted(address),
        failure,
        StoreException.Kind.UNAVAILABLE);
  }

  private StoreException failed(
      String verb, RoomAddress room, Throwable failure, StoreException.Kind whenUnanswered) {
    return failed(about(verb, room), failure, whenUnanswered);
  }

  private StoreException failed(
      String about, Throwable failure, StoreException.Kind whenUnanswered) {
    Throwable cause = unwrapped(failure);
    if (cause instanceof StoreException known) {
      return known;
    }
    if (cause instanceof RedisCommandTimeoutException) {
      return new StoreException(
          StoreException.Kind.TIMEOUT,
          "%s: no answer within %d ms".formatted(about, timeout.toMillis()),
          cause);
    }
    if (cause instanceof RedisCommandExecutionException) {
      String said = String.valueOf(cause.getMessage());
      return new StoreException(
          isFinal(said) ? StoreException.Kind.REFUSED : StoreException.Kind.UNAVAILABLE,
          "%s: the server says '%s'%s".formatted(about, said, advice(said)),
          cause);
    }
    return new StoreException(whenUnanswered, "%s: %s".formatted(about, cause.getMessage()), cause);
  }

  /** Whether the connection broke under a command, which may then be sent again. */
  static boolean isBrokenConnection(Throwable failure) {
    return unwrapped(failure) instanceof IOException;
  }

  /** How the message of an error begins. */
  String about(String verb, RoomAddress room) {
    return "the store 'redis' at %s could not %s keys of %s".formatted(address, verb, room);
  }

  /** Whether the server does not accept the user or password. */
  static boolean isAuthentication(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String word = firstWord(String.valueOf(cause.getMessage()));
      if (word.equals("WRONGPASS") || word.equals("NOAUTH")) {
        return true;
      }
    }
    return false;
  }

  /** What the server said if it refuses us for good. */
  static Optional<String> refusal(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String said = String.valueOf(cause.getMessage());
      if (cause instanceof RedisCommandExecutionException && isFinal(said)) {
        return Optional.of(said);
      }
    }
    return Optional.empty();
  }

  /** Whether it is the server's certificate that is the matter. */
  static boolean isDistrust(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException || cause instanceof CertPathBuilderException) {
        return true;
      }
    }
    return false;
  }

  private static boolean isFinal(String said) {
    return FINAL.contains(firstWord(said)) && !said.startsWith(TOO_MANY_CLIENTS);
  }

  private static String advice(String said) {
    return switch (firstWord(said)) {
      case "OOM" -> "; give it more memory, or let keys live shorter";
      case "READONLY" -> "; it is a replica: point the setting uri to the master, or to Sentinel";
      case "WRONGTYPE" -> "; something else than this store wrote there";
      case "NOAUTH", "NOPERM", "WRONGPASS" -> "; check the user in the setting uri";
      default -> "";
    };
  }

  private static String firstWord(String said) {
    int end = said.indexOf(' ');
    return (end < 0 ? said : said.substring(0, end)).toUpperCase(Locale.ROOT);
  }

  static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
