package org.cloudramp.sandbox.server.rooms;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.hook.HttpAnswer;
import org.cloudramp.sandbox.api.hook.HttpHeader;
import org.cloudramp.sandbox.core.HookTrace;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.Submission;
import org.cloudramp.sandbox.server.access.Addresses;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.cloudramp.sandbox.server.http.Answer;
import org.cloudramp.sandbox.server.http.Uploads;
import org.cloudramp.sandbox.server.jointoken.JoinDecision;
import org.cloudramp.sandbox.server.jointoken.JoinPolicy;
import org.cloudramp.sandbox.server.rate.Allowance;
import org.cloudramp.sandbox.server.rate.Excess;
import org.cloudramp.sandbox.server.rate.RateLimits;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code /rooms/{service}/{room}/…}: hands a request to the room, as a hook in its order,
 * and answers what the room says when that hook is committed. Thread-safe; no request holds a
 * thread while it waits.
 *
 * <p>Bounded: requests that are here, from their first byte until their hook has ended, in all and
 * for each service, those that are not known together; the bytes of their bodies, of one and of all
 * while they come ({@link Uploads}), and while they wait in rooms ({@link QueuedMessages}); what a
 * room answers ({@code limits.requestBytes}); and how fast they come ({@link RateLimits}).
 *
 * <p>What a room answers is a stranger's, at the address of this server. So browsers are told to
 * run none of it, and to treat it as of no origin.
 */
final class RoomRequests {
  private static final int MAX_REQUESTS = 256;

  /** After so long a client is told that there is no answer; the hook may run all the same. */
  private static final long MAX_WAIT_SECONDS = 30;

  private static final String RETRY_SECONDS = "1";

  /** What is between the client and this server, or a secret of one of them. */
  private static final Set<String> WITHHELD =
      Set.of(
          "authorization",
          "cf-access-jwt-assertion",
          "cf-connecting-ip",
          "connection",
          "cookie",
          "expect",
          "forwarded",
          "keep-alive",
          "te",
          "trailer",
          "transfer-encoding",
          "true-client-ip",
          "upgrade",
          "via",
          "x-real-ip");

  private static final List<String> WITHHELD_PREFIXES =
      List.of("proxy-", "x-amzn-oidc-", "x-auth-request-", "x-forwarded-");

  private final Sandbox sandbox;
  private final JoinPolicy policy;
  private final ServerSettings settings;
  private final Uploads bodies;
  private final RateLimits rates;
  private final TooFast tooFast;
  private final QueuedMessages queued;
  private final CallTracer tracer;
  private final SharedBudget<Optional<ServiceId>> places = new SharedBudget<>(MAX_REQUESTS);

  /**
   * @param rates that hold for requests as for messages
   * @param queued where the bodies count that wait in rooms, beside the messages of connections
   * @param tracer chooses which requests are followed
   */
  RoomRequests(
      Sandbox sandbox,
      JoinPolicy policy,
      ServerSettings settings,
      RateLimits rates,
      TooFast tooFast,
      QueuedMessages queued,
      CallTracer tracer) {
    this.sandbox = sandbox;
    this.policy = policy;
    this.settings = settings;
    this.rates = rates;
    this.tooFast = tooFast;
    this.queued = queued;
    this.tracer = tracer;
    this.bodies = new Uploads(settings.messageBytes(), settings.patience());
  }

  /**
   * Answers a request that is no handshake, of a page that may make it.
   *
   * @param address of the room
   * @param path what comes behind the room, with the slash
   */
  void answer(
      RoomAddress address, String path, Request request, Response response, Callback callback) {
    allowPage(request, response);
    if (HttpMethod.OPTIONS.is(request.getMethod())) {
      preflight(request, response, callback);
      return;
    }
    JoinDecision decision = policy.decide(address, BroughtTokens.of(request, List.of()));
    if (decision instanceof JoinDecision.Refused refused) {
      response.getHeaders().put("WWW-Authenticate", "Bearer realm=\"rooms\"");
      Answer.failure(
          response, callback, HttpStatus.UNAUTHORIZED_401, "unauthenticated", refused.reason());
    } else if (decision instanceof JoinDecision.Undecided undecided) {
      later(response, callback, HttpStatus.SERVICE_UNAVAILABLE_503, undecided.reason());
    } else {
      take(
          address,
          path,
          ((JoinDecision.Admitted) decision).identity(),
          request,
          response,
          callback);
    }
  }

  private void take(
      RoomAddress address,
      String path,
      Identity identity,
      Request request,
      Response response,
      Callback callback) {
    Asked asked = new Asked(address, path, identity, request, response, callback);
    if (places.tryTake(asked.account, 1)) {
      bodies.read(request, asked);
    } else if (places.used() < places.max()) {
      later(
          response,
          callback,
          HttpStatus.TOO_MANY_REQUESTS_429,
          "too many requests to rooms of service '%s' wait for their answers"
              .formatted(address.service()));
    } else {
      later(
          response,
          callback,
          HttpStatus.SERVICE_UNAVAILABLE_503,
          "too many requests to rooms wait for their answers");
    }
  }

  /** Lets a page of another origin, which may make the request, read the answer. */
  private static void allowPage(Request request, Response response) {
    HttpFields.Mutable headers = response.getHeaders();
    headers.put("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'");
    headers.add("Vary", "Origin");
    String origin = request.getHeaders().get("Origin");
    if (origin != null) {
      headers.put("Access-Control-Allow-Origin", origin);
      headers.put("Cross-Origin-Resource-Policy", "cross-origin");
    }
  }

  /** What a browser asks before it makes a request: no business of the room's. */
  private static void preflight(Request request, Response response, Callback callback) {
    HttpFields.Mutable headers = response.getHeaders();
    String method = request.getHeaders().get("Access-Control-Request-Method");
    if (method != null) {
      headers.put("Access-Control-Allow-Methods", method);
      String wanted = request.getHeaders().get("Access-Control-Request-Headers");
      if (wanted != null) {
        headers.put("Access-Control-Allow-Headers", wanted);
      }
      headers.put("Access-Control-Max-Age", "600");
    }
    response.setStatus(HttpStatus.NO_CONTENT_204);
    response.write(true, null, callback);
  }

  private static void later(Response response, Callback callback, int status, String message) {
    response.getHeaders().put("Retry-After", RETRY_SECONDS);
    Answer.failure(response, callback, status, "busy", message);
  }

  /** One request that has a place. */
  private final class Asked implements Uploads.Receiver {
    private final RoomAddress address;

    /**
     * Whose place it has. Anybody can ask services that do not exist, by as many names as they
     * like: those that this server has not seen have a share together.
     */
    private final Optional<ServiceId> account;

    private final String path;
    private final Identity identity;
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final AtomicBoolean answered = new AtomicBoolean();

    /** Holds all of this, so it must not outlive the hook. */
    private volatile Scheduler.@Nullable Task deadline;

    private volatile @Nullable Submission submission;

    Asked(
        RoomAddress address,
        String path,
        Identity identity,
        Request request,
        Response response,
        Callback callback) {
      this.address = address;
      this.account = Optional.of(address.service()).filter(sandbox.operator()::hasSeen);
      this.path = path;
      this.identity = identity;
      this.request = request;
      this.response = response;
      this.callback = callback;
    }

    @Override
    public void received(Uploads.Upload upload) {
      Bytes body = Bytes.adopt(upload.bytes());
      upload.close();
      Optional<Excess> excess = takeRate(body.size());
      if (excess.isPresent()) {
        places.giveBack(account, 1);
        tooFast.tell(excess.get(), address);
        busy(HttpStatus.TOO_MANY_REQUESTS_429, excess.get().toString());
        return;
      }
      QueuedMessages.Place place = queued.place(address.service(), body.size(), () -> {});
      if (!place.tryTake()) {
        places.giveBack(account, 1);
        busy(
            HttpStatus.TOO_MANY_REQUESTS_429,
            "too much waits in rooms of service '%s'".formatted(address.service()));
        return;
      }
      HookCall.Request call;
      try {
        call = new HookCall.Request(address, request.getMethod(), path, headers(), body, identity);
      } catch (IllegalArgumentException e) {
        over(place);
        fail(HttpStatus.BAD_REQUEST_400, "bad_request", String.valueOf(e.getMessage()));
        return;
      }
      deadline =
          request
              .getComponents()
              .getScheduler()
              .schedule(() -> giveUp(place), MAX_WAIT_SECONDS, TimeUnit.SECONDS);
      CallTrace trace =
          tracer.asked(address.service(), body.size(), request.getHeaders().get("traceparent"));
      submission = sandbox.submit(call, settings.patience(), new Answered(place, trace));
    }

    /** A request counts as a message, of a connection that does nothing else. */
    private Optional<Excess> takeRate(int bytes) {
      Allowance allowance =
          rates.allowance(Addresses.counted(request), address.service(), identity);
      Optional<Excess> excess = allowance.take(bytes, true);
      allowance.release();
      return excess;
    }

    private void giveUp(QueuedMessages.Place place) {
      Submission waits = submission;
      if (waits != null && waits.withdraw()) {
        over(place);
      }
      fail(
          HttpStatus.GATEWAY_TIMEOUT_504,
          "timeout",
          "room '%s' of service '%s' did not answer within %d seconds; it may still do what was asked"
              .formatted(address.room(), address.service(), MAX_WAIT_SECONDS));
    }

    private void over(QueuedMessages.Place place) {
      Scheduler.Task ending = deadline;
      if (ending != null) {
        boolean unused = ending.cancel();
      }
      place.giveBack();
      places.giveBack(account, 1);
    }

    private List<HttpHeader> headers() {
      List<HttpHeader> told = new ArrayList<>();
      for (HttpField field : request.getHeaders()) {
        String name = field.getLowerCaseName();
        if (!WITHHELD.contains(name) && WITHHELD_PREFIXES.stream().noneMatch(name::startsWith)) {
          String value = field.getValue();
          told.add(new HttpHeader(name, value == null ? "" : value));
        }
      }
      return told;
    }

    @Override
    public void refused(Uploads.Refusal refusal) {
      places.giveBack(account, 1);
      // What the client still sends is not worth reading.
      response.getHeaders().put("Connection", "close");
      switch (refusal) {
        case TOO_LARGE ->
            fail(
                HttpStatus.PAYLOAD_TOO_LARGE_413,
                "limit",
                "a body takes at most %d bytes (sandbox.server.messageBytes)"
                    .formatted(settings.messageBytes()));
        case TOO_SLOW -> fail(HttpStatus.REQUEST_TIMEOUT_408, "slow", "the body came too slowly");
        case BUSY ->
            busy(
                HttpStatus.SERVICE_UNAVAILABLE_503,
                "too many bodies of requests are on their way to rooms");
      }
    }

    @Override
    public void failed(Throwable failure) {
      places.giveBack(account, 1);
      callback.failed(failure);
    }

    private void fail(int status, String kind, String message) {
      if (answered.compareAndSet(false, true)) {
        Answer.failure(response, callback, status, kind, message);
      }
    }

    private void busy(int status, String message) {
      if (answered.compareAndSet(false, true)) {
        later(response, callback, status, message);
      }
    }

    private void succeed(HttpAnswer answer) {
      if (!answered.compareAndSet(false, true)) {
        return;
      }
      response.setStatus(answer.status());
      HttpFields.Mutable headers = response.getHeaders();
      for (HttpHeader header : answer.headers()) {
        headers.add(header.name(), header.value());
      }
      boolean mayHaveBody =
          answer.status() != HttpStatus.NO_CONTENT_204
              && answer.status() != HttpStatus.RESET_CONTENT_205
              && answer.status() != HttpStatus.NOT_MODIFIED_304;
      if (!mayHaveBody || answer.body().size() == 0) {
        response.write(true, null, callback);
        return;
      }
      if (!headers.contains("Content-Type")) {
        headers.put("Content-Type", "application/octet-stream");
      }
      response.write(true, ByteBuffer.wrap(answer.body().toArray()), callback);
    }

    /** What becomes of the hook. */
    private final class Answered implements Submission.Listener {
      private final QueuedMessages.Place place;
      private final @Nullable CallTrace trace;

      Answered(QueuedMessages.Place place, @Nullable CallTrace trace) {
        this.place = place;
        this.trace = trace;
      }

      @Override
      public @Nullable HookTrace trace() {
        return trace;
      }

      @Override
      public void ended(HookResult result) {
        over(place);
        if (trace != null) {
          trace.ended(result);
        }
        HookOutcome outcome = result.outcome();
        if (outcome instanceof HookOutcome.Completed) {
          succeed(result.answer().orElse(HttpAnswer.NOTHING));
        } else if (outcome instanceof HookOutcome.Absent) {
          fail(
              HttpStatus.NOT_FOUND_404,
              "not_found",
              "rooms of service '%s' answer no requests: its module has no onRequest"
                  .formatted(address.service()));
        } else if (outcome instanceof HookOutcome.Refused) {
          fail(HttpStatus.FORBIDDEN_403, "refused", "the room has refused the request");
        } else if (outcome instanceof HookOutcome.Failed failed
            && failed.cause() instanceof StoreException store) {
          busy(
              HttpStatus.SERVICE_UNAVAILABLE_503,
              "room '%s' of service '%s' cannot keep anything now%s"
                  .formatted(
                      address.room(),
                      address.service(),
                      store.kind() == StoreException.Kind.TIMEOUT
                          ? "; what was asked may have happened all the same"
                          : ""));
        } else {
          // Why is for the log: what a stranger's code fails with is nobody else's to read.
          fail(
              HttpStatus.INTERNAL_SERVER_ERROR_500,
              "failed",
              "room '%s' of service '%s' has failed; nothing of the request has happened"
                  .formatted(address.room(), address.service()));
        }
      }

      @Override
      public void notRun(SandboxException reason) {
        over(place);
        if (trace != null) {
          trace.notRun(reason);
        }
        if (reason instanceof ModuleException module
            && module.kind() == ModuleException.Kind.NOT_FOUND) {
          fail(
              HttpStatus.NOT_FOUND_404,
              "not_found",
              "there is no service '%s'".formatted(address.service()));
        } else if (reason instanceof RefusedException refused
            && refused.kind() == RefusedException.Kind.TOO_LARGE) {
          fail(
              HttpStatus.PAYLOAD_TOO_LARGE_413, "limit", "the body is larger than this room takes");
        } else if (reason instanceof RefusedException || reason instanceof StoreException) {
          busy(
              HttpStatus.SERVICE_UNAVAILABLE_503,
              "room '%s' of service '%s' cannot answer now"
                  .formatted(address.room(), address.service()));
        } else {
          fail(
              HttpStatus.INTERNAL_SERVER_ERROR_500,
              "failed",
              "the module of service '%s' cannot be used".formatted(address.service()));
        }
      }
    }
  }
}
