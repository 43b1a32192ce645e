package org.cloudramp.sandbox.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.core.Operator;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.server.access.Caller;
import org.cloudramp.sandbox.server.token.Scope;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /api/services/{service}}: {@code PUT} uploads a module and makes it live, {@code GET} says
 * which versions there are. {@code POST} on {@code …/activate/{digest}} makes one of them live, and
 * on {@code …/rollback} the one that was live before; on {@code …/lift} it lets versions run again
 * that rest after repeated faults. {@code GET} needs a token that may read the service, all else
 * one that may deploy it; what changes something leaves a line in the log {@code
 * org.cloudramp.sandbox.audit} that says whose token it was.
 *
 * <p>No request holds a thread of the server while it waits for its body, the compiler or the
 * store: bodies come in as {@link Uploads}, and what may take long has threads of its own, on which
 * services take {@link Turns}. What finds no place is answered with 503.
 *
 * <p>Errors are {@code {"error":{"kind":"…","message":"…"}}}, where the kind is {@code malformed},
 * {@code limit}, {@code unlinkable}, {@code integrity} or {@code not_found} for a module, {@code
 * trapped}, {@code deadline}, {@code memory}, {@code quota} or {@code abi} for its initialisation,
 * {@code unavailable}, {@code timeout}, {@code conflict} or {@code refused} for the store, and
 * {@code busy}, {@code slow}, {@code unauthenticated}, {@code denied}, {@code bad_request}, {@code
 * encoding}, {@code method} or {@code internal} otherwise.
 */
public final class ServicesApi extends Handler.Abstract.NonBlocking {
  private static final Logger log = LoggerFactory.getLogger(ServicesApi.class);
  private static final Logger audit = LoggerFactory.getLogger("org.cloudramp.sandbox.audit");

  /** Where services are. */
  private static final String PREFIX = Answer.API + "services/";

  /** Threads for each of the two kinds of requests; more would only compete for processors. */
  private static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());

  /** Requests of one service that wait for their turn; its operator may try again. */
  private static final int MAX_WAITING_PER_SERVICE = 16;

  private final Sandbox sandbox;
  private final int maxBytes;
  private final Uploads uploads;
  private final Turns changes =
      new Turns("upload", THREADS, Uploads.MAX_AT_ONCE, MAX_WAITING_PER_SERVICE);
  private final Turns questions =
      new Turns("services", THREADS, Uploads.MAX_AT_ONCE, MAX_WAITING_PER_SERVICE);

  /**
   * @param maxBytes of a module; larger ones are refused before they are read
   * @param patience how long an upload may take however small it is; larger ones may take longer
   */
  public ServicesApi(Sandbox sandbox, int maxBytes, Duration patience) {
    this.sandbox = sandbox;
    this.maxBytes = maxBytes;
    this.uploads = new Uploads(maxBytes, patience);
  }

  @Override
  protected void doStop() throws Exception {
    changes.close();
    questions.close();
    super.doStop();
  }

  /**
   * A version that is live.
   *
   * @param resting set if it does not run all the same
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Live(String service, String digest, @Nullable Rest resting) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Service(
      String service, @Nullable String live, List<String> versions, @Nullable Rest resting) {}

  /**
   * Why a live version does not run on this server.
   *
   * @param message what to do about it
   */
  record Rest(long seconds, String lastFault, String message) {}

  record Lifted(String service, List<String> lifted) {}

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!request.getHttpURI().getCanonicalPath().startsWith(PREFIX)) {
      return false;
    }
    return answer(request, response, callback);
  }

  private boolean answer(Request request, Response response, Callback callback) {
    String[] path =
        request.getHttpURI().getCanonicalPath().substring(PREFIX.length()).split("/", -1);
    ServiceId service;
    Optional<Digest> digest;
    try {
      service = new ServiceId(path[0]);
      digest = path.length == 3 ? Optional.of(new Digest(path[2])) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return fail(response, callback, HttpStatus.BAD_REQUEST_400, "bad_request", e);
    }
    boolean reads = path.length == 1 && HttpMethod.GET.is(request.getMethod());
    Scope needed = reads ? Scope.read(service) : Scope.deploy(service);
    if (!Caller.of(request).may(needed)) {
      Answer.missing(needed, response, callback);
      return true;
    }
    if (path.length == 1) {
      return answerForService(service, request, response, callback);
    }
    if (path.length == 2 && path[1].equals("rollback")) {
      return change(
          "rollback", service, request, response, callback, () -> sandbox.rollback(service));
    }
    if (path.length == 2 && path[1].equals("lift")) {
      return lift(service, request, response, callback);
    }
    if (digest.isPresent() && path[1].equals("activate")) {
      return change(
          "activate",
          service,
          request,
          response,
          callback,
          () -> {
            sandbox.activate(service, digest.get());
            return new ModuleVersion(service, digest.get());
          });
    }
    return fail(
        response,
        callback,
        HttpStatus.BAD_REQUEST_400,
        "bad_request",
        "after the service there may be /rollback, /lift or /activate/{digest}, and nothing else");
  }

  private boolean answerForService(
      ServiceId service, Request request, Response response, Callback callback) {
    if (HttpMethod.PUT.is(request.getMethod())) {
      return publish(service, request, response, callback);
    }
    if (HttpMethod.GET.is(request.getMethod())) {
      return inTurn(
          questions, service, response, callback, () -> describe(service, response, callback));
    }
    return wrongMethod(response, callback, "GET, PUT");
  }

  private boolean lift(ServiceId service, Request request, Response response, Callback callback) {
    if (!HttpMethod.POST.is(request.getMethod())) {
      return wrongMethod(response, callback, "POST");
    }
    List<ModuleVersion> lifted =
        sandbox.operator().quarantine().stream()
            .map(Operator.Resting::version)
            .filter(version -> version.service().equals(service))
            .distinct() // it may rest in several rooms
            .toList();
    lifted.forEach(
        version -> {
          sandbox.operator().liftQuarantine(version);
          audit.info("lift: {} has ended the rest of {}", Caller.of(request), version);
        });
    Answer.json(
        response,
        callback,
        HttpStatus.OK_200,
        new Lifted(
            service.value(), lifted.stream().map(version -> version.digest().hex()).toList()));
    return true;
  }

  private boolean change(
      String action,
      ServiceId service,
      Request request,
      Response response,
      Callback callback,
      Supplier<ModuleVersion> change) {
    if (!HttpMethod.POST.is(request.getMethod())) {
      return wrongMethod(response, callback, "POST");
    }
    Caller caller = Caller.of(request);
    return inTurn(
        questions,
        service,
        response,
        callback,
        () -> makeLive(action, service, caller, change, response, callback));
  }

  /** Answers when the service has its turn, or at once if too many wait for theirs. */
  private static boolean inTurn(
      Turns turns, ServiceId service, Response response, Callback callback, Runnable answer) {
    boolean taken = turns.offer(service, () -> answerWhateverHappens(response, callback, answer));
    return taken || busy(response, callback);
  }

  private static void answerWhateverHappens(Response response, Callback callback, Runnable answer) {
    try {
      answer.run();
    } catch (ModuleException e) {
      fail(response, callback, statusOf(e.kind()), nameOf(e.kind()), e);
    } catch (GuestException e) {
      fail(response, callback, HttpStatus.UNPROCESSABLE_ENTITY_422, nameOf(e.kind()), e);
    } catch (StoreException e) {
      log.warn("a request for a service failed", e);
      fail(response, callback, statusOf(e.kind()), nameOf(e.kind()), e);
    } catch (RuntimeException | Error e) {
      log.error("a request for a service failed", e);
      fail(
          response,
          callback,
          HttpStatus.INTERNAL_SERVER_ERROR_500,
          "internal",
          "the server failed; its log says why");
    }
  }

  /** Makes a version live, if whoever has asked for it still may. */
  private void makeLive(
      String action,
      ServiceId service,
      Caller caller,
      Supplier<ModuleVersion> change,
      Response response,
      Callback callback) {
    Scope needed = Scope.deploy(service);
    if (!caller.may(needed)) {
      Answer.missing(needed, response, callback);
      return;
    }
    ModuleVersion version;
    try {
      version = change.get();
    } catch (StoreException e) {
      audit.warn("{}: {}, service {}: failed, and may have happened", action, caller, service);
      throw e;
    }
    audit.info("{}: {} has made {} live", action, caller, version);
    Answer.json(
        response,
        callback,
        HttpStatus.OK_200,
        new Live(version.service().value(), version.digest().hex(), restOf(version).orElse(null)));
  }

  /** Making a version live again that rests does not end its rest: whoever tries has to know. */
  private Optional<Rest> restOf(ModuleVersion version) {
    return sandbox.operator().quarantine().stream()
        .filter(resting -> resting.version().equals(version) && resting.room().isEmpty())
        .findFirst()
        .map(
            resting -> {
              long seconds = Math.max(1, resting.remaining().toSeconds());
              return new Rest(
                  seconds,
                  resting.lastFault(),
                  "this version is in quarantine for %d more seconds after repeated faults, and does not run until then; upload another one, or lift it: POST %s%s/lift"
                      .formatted(seconds, PREFIX, version.service()));
            });
  }

  private static boolean wrongMethod(Response response, Callback callback, String allowed) {
    response.getHeaders().put(HttpHeader.ALLOW, allowed);
    return fail(
        response,
        callback,
        HttpStatus.METHOD_NOT_ALLOWED_405,
        "method",
        "only " + allowed.replace(", ", " and "));
  }

  private boolean publish(
      ServiceId service, Request request, Response response, Callback callback) {
    if (request.getHeaders().contains(HttpHeader.CONTENT_ENCODING)) {
      return fail(
          response,
          callback,
          HttpStatus.UNSUPPORTED_MEDIA_TYPE_415,
          "encoding",
          "a module is uploaded as it is, without a Content-Encoding");
    }
    uploads.read(request, new Publication(service, Caller.of(request), response, callback));
    return true;
  }

  /** Publishes what has been uploaded, or says why it has not. */
  private final class Publication implements Uploads.Receiver {
    private final ServiceId service;
    private final Caller caller;
    private final Response response;
    private final Callback callback;

    Publication(ServiceId service, Caller caller, Response response, Callback callback) {
      this.service = service;
      this.caller = caller;
      this.response = response;
      this.callback = callback;
    }

    @Override
    public void received(Uploads.Upload upload) {
      boolean taken =
          changes.offer(
              service,
              () -> {
                try (upload) {
                  answerWhateverHappens(
                      response,
                      callback,
                      () ->
                          makeLive(
                              "upload",
                              service,
                              caller,
                              () -> sandbox.publish(service, upload.bytes()),
                              response,
                              callback));
                }
              });
      if (!taken) {
        upload.close();
        busy(response, callback);
      }
    }

    @Override
    public void refused(Uploads.Refusal refusal) {
      // What the client still sends is not worth reading.
      response.getHeaders().put(HttpHeader.CONNECTION, "close");
      switch (refusal) {
        case TOO_LARGE ->
            fail(
                response,
                callback,
                HttpStatus.PAYLOAD_TOO_LARGE_413,
                "limit",
                "a module takes at most %d bytes (sandbox.server.uploadBytes)".formatted(maxBytes));
        case TOO_SLOW ->
            fail(
                response,
                callback,
                HttpStatus.REQUEST_TIMEOUT_408,
                "slow",
                "the upload of service '%s' came too slowly, and was given up".formatted(service));
        case BUSY -> busy(response, callback);
      }
    }

    @Override
    public void failed(Throwable failure) {
      callback.failed(failure);
    }
  }

  private void describe(ServiceId service, Response response, Callback callback) {
    Optional<ModuleVersion> live = sandbox.current(service);
    List<ModuleVersion> versions = sandbox.versions(service);
    if (live.isEmpty() && versions.isEmpty()) {
      fail(
          response,
          callback,
          HttpStatus.NOT_FOUND_404,
          "not_found",
          "there is no service '%s'".formatted(service));
      return;
    }
    Answer.json(
        response,
        callback,
        HttpStatus.OK_200,
        new Service(
            service.value(),
            live.map(ModuleVersion::digest).map(Digest::hex).orElse(null),
            versions.stream().map(version -> version.digest().hex()).toList(),
            live.flatMap(this::restOf).orElse(null)));
  }

  private static boolean busy(Response response, Callback callback) {
    response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
    return fail(
        response,
        callback,
        HttpStatus.SERVICE_UNAVAILABLE_503,
        "busy",
        "too many requests wait for the server; try again in a moment");
  }

  private static int statusOf(ModuleException.Kind kind) {
    return switch (kind) {
      case NOT_FOUND -> HttpStatus.NOT_FOUND_404;
      case MALFORMED -> HttpStatus.BAD_REQUEST_400;
      case LIMIT, UNLINKABLE, INTEGRITY -> HttpStatus.UNPROCESSABLE_ENTITY_422;
    };
  }

  private static int statusOf(StoreException.Kind kind) {
    return switch (kind) {
      case UNAVAILABLE, TIMEOUT -> HttpStatus.SERVICE_UNAVAILABLE_503;
      case CONFLICT -> HttpStatus.CONFLICT_409;
      case REFUSED -> HttpStatus.INTERNAL_SERVER_ERROR_500;
      case QUOTA -> HttpStatus.INSUFFICIENT_STORAGE_507;
    };
  }

  private static String nameOf(Enum<?> kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  private static boolean fail(
      Response response, Callback callback, int status, String kind, Exception e) {
    return fail(response, callback, status, kind, String.valueOf(e.getMessage()));
  }

  private static boolean fail(
      Response response, Callback callback, int status, String kind, String message) {
    Answer.failure(response, callback, status, kind, message);
    return true;
  }
}
