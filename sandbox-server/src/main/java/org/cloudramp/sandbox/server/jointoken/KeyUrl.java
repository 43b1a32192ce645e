package org.cloudramp.sandbox.server.jointoken;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.observe.RecurringTrouble;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys that somebody publishes at a URL as a JWK set. They are looked at every few minutes, and
 * when a token names one that is not known, but not more often than the pauses below allow,
 * whatever tokens come.
 *
 * <p>One look at a time, on a thread of its own; who asks for keys never waits for it. As long as
 * there is no answer, or none that can be used, the keys from before stay valid, for a day.
 */
final class KeyUrl implements KeySource {
  private static final Logger log = LoggerFactory.getLogger(KeyUrl.class);
  private static final Logger audit = LoggerFactory.getLogger("org.cloudramp.sandbox.audit");

  /** After this the keys are looked at in any case. */
  private static final Duration FRESH = Duration.ofMinutes(5);

  /** Between two looks that tokens have caused, or that have failed. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  /** What could not be confirmed for so long is not believed any more. */
  private static final Duration VALID = Duration.ofDays(1);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final URI uri;
  private final LongSupplier ticker;
  private final HttpClient client;

  // Guarded by this.
  private JoinKeys keys = JoinKeys.NONE;
  private long confirmed;
  private long lastLook;
  private boolean looking;
  private boolean hasLooked;
  private boolean failed;
  private boolean closed;
  private @Nullable Thread thread;

  /** Of the thread that looks. */
  private final RecurringTrouble trouble;

  /**
   * A source that has not looked yet; the first {@link #readAgain} does it.
   *
   * @param ticker nanoseconds, as {@link System#nanoTime}
   * @throws ConfigurationException if the URL is not one to get keys from
   */
  KeyUrl(URI uri, LongSupplier ticker) {
    if (!isTrustworthy(uri)) {
      throw new ConfigurationException(
          "sandbox.server.join.keys is a URL that does not begin with https: who is in between could give keys of their own");
    }
    this.uri = uri;
    this.ticker = ticker;
    this.trouble =
        new RecurringTrouble(
            log,
            "the keys of join tokens at "
                + uri
                + " (sandbox.server.join.keys) cannot be had; those that were known before stay valid for a day: {}");
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(PATIENCE)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /** Nobody is in between on this machine. */
  private static boolean isTrustworthy(URI uri) {
    if (uri.getHost() == null) {
      return false;
    }
    boolean isHere =
        uri.getHost().equals("localhost")
            || uri.getHost().equals("127.0.0.1")
            || uri.getHost().equals("[::1]");
    return "https".equalsIgnoreCase(uri.getScheme())
        || ("http".equalsIgnoreCase(uri.getScheme()) && isHere);
  }

  @Override
  public synchronized JoinKeys current() {
    return ticker.getAsLong() - confirmed < VALID.toNanos() ? keys : JoinKeys.NONE;
  }

  @Override
  public synchronized boolean lookAgain() {
    if (!looking && isOver(PAUSE)) {
      begin();
    }
    // Who comes while there are no keys at all is not told that theirs is wrong.
    return looking || failed || !hasLooked;
  }

  @Override
  public synchronized void readAgain() {
    if (!looking && isOver(failed ? PAUSE : FRESH)) {
      begin();
    }
  }

  /** Whether a look is under way. */
  synchronized boolean isLooking() {
    return looking;
  }

  private boolean isOver(Duration pause) {
    return !hasLooked || ticker.getAsLong() - lastLook >= pause.toNanos();
  }

  private void begin() {
    if (closed) {
      return;
    }
    looking = true;
    Thread made = new Thread(this::look, "join-keys");
    made.setDaemon(true);
    thread = made;
    made.start();
  }

  private void look() {
    JoinKeys found = null;
    String complaint = "";
    try {
      found = JoinKeys.ofUrl(fetch());
    } catch (InterruptedException e) {
      complaint = "interrupted";
    } catch (Throwable e) { // of this thread nobody else learns anything
      complaint = String.valueOf(e instanceof ExecutionException ? e.getCause() : e.getMessage());
    }
    JoinKeys before;
    boolean isOver;
    synchronized (this) {
      before = keys;
      isOver = closed;
      looking = false;
      hasLooked = true;
      lastLook = ticker.getAsLong();
      failed = found == null;
      if (found != null) {
        keys = found;
        confirmed = lastLook;
      }
    }
    if (!isOver) {
      tell(before, found, complaint);
    }
  }

  private void tell(JoinKeys before, @Nullable JoinKeys found, String complaint) {
    if (found == null) {
      trouble.is(complaint);
      return;
    }
    trouble.isOver();
    if (!found.isSameAs(before)) {
      audit.info("the keys of join tokens at {} were read; {} are known", uri, found.size());
    }
  }

  /** All of it within the patience, however slowly it comes. */
  private byte[] fetch()
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    HttpRequest request =
        HttpRequest.newBuilder(uri).header("Accept", "application/json").timeout(PATIENCE).build();
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(request, head -> new BoundedBody(JoinKeys.MAX_BYTES));
    try {
      HttpResponse<byte[]> response = answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (response.statusCode() != 200) {
        throw new IOException("the answer has status " + response.statusCode());
      }
      return response.body();
    } catch (TimeoutException e) {
      throw new IOException("no whole answer within %d s".formatted(PATIENCE.toSeconds()), e);
    } finally {
      answer.cancel(true);
    }
  }

  @Override
  public void close() {
    Thread running;
    synchronized (this) {
      closed = true;
      running = looking ? thread : null;
    }
    if (running != null) {
      running.interrupt();
    }
  }
}
