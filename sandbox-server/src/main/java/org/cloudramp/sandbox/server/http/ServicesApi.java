package org.cloudramp.sandbox.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.InputStream;
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
import org.cloudramp.sandbox.server.access.OperatorOnly;
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
 * that rest after repeated faults. For the operator only, so a request may hold a thread of the
 * server while it waits for the body, the compiler or the store.
 *
 * <p>Errors are {@code {"error":{"kind":"…","message":"…"}}}, where the kind is {@code malformed},
 * {@code limit}, {@code unlinkable}, {@code integrity} or {@code not_found} for a module, {@code
 * trapped}, {@code deadline}, {@code memory}, {@code quota} or {@code abi} for its initialisation,
 * {@code unavailable}, {@code timeout}, {@code conflict} or {@code refused} for the store, and
 * {@code denied}, {@code bad_request}, {@code encoding}, {@code method} or {@code internal}
 * otherwise.
 */
public final class ServicesApi extends Handler.Abstract {
  private static final Logger log = LoggerFactory.getLogger(ServicesApi.class);

  /** Where services are. */
  private static final String PREFIX = "/api/services/";

  private final Sandbox sandbox;
  private final int mostBytes;

  /**
   * @param mostBytes of a module; larger ones are refused before they are read
   */
  public ServicesApi(Sandbox sandbox, int mostBytes) {
    this.sandbox = sandbox;
    this.mostBytes = mostBytes;
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

  record Failure(Reason error) {
    record Reason(String kind, String message) {}
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (!request.getHttpURI().getCanonicalPath().startsWith(PREFIX)) {
      return false;
    }
    Optional<String> refusal = OperatorOnly.refusal(request);
    if (refusal.isPresent()) {
      return fail(response, callback, HttpStatus.FORBIDDEN_403, "denied", refusal.get());
    }
    try {
      return answer(request, response, callback);
    } catch (ModuleException e) {
      return fail(response, callback, statusOf(e.kind()), nameOf(e.kind()), e);
    } catch (GuestException e) {
      return fail(response, callback, HttpStatus.UNPROCESSABLE_ENTITY_422, nameOf(e.kind()), e);
    } catch (StoreException e) {
      log.warn("a request for a service failed", e);
      return fail(response, callback, statusOf(e.kind()), nameOf(e.kind()), e);
    } catch (RuntimeException e) {
      log.error("a request for a service failed", e);
      return fail(
          response,
          callback,
          HttpStatus.INTERNAL_SERVER_ERROR_500,
          "internal",
          "the server failed; its log says why");
    }
  }

  private boolean answer(Request request, Response response, Callback callback) throws IOException {
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
    if (path.length == 1) {
      return answerForService(service, request, response, callback);
    }
    if (path.length == 2 && path[1].equals("rollback")) {
      return change(request, response, callback, () -> sandbox.rollback(service));
    }
    if (path.length == 2 && path[1].equals("lift")) {
      return lift(service, request, response, callback);
    }
    if (digest.isPresent() && path[1].equals("activate")) {
      return change(
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
      ServiceId service, Request request, Response response, Callback callback) throws IOException {
    if (HttpMethod.PUT.is(request.getMethod())) {
      return publish(service, request, response, callback);
    }
    if (HttpMethod.GET.is(request.getMethod())) {
      return describe(service, response, callback);
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
            .toList();
    lifted.forEach(sandbox.operator()::liftQuarantine);
    Answer.json(
        response,
        callback,
        HttpStatus.OK_200,
        new Lifted(
            service.value(), lifted.stream().map(version -> version.digest().hex()).toList()));
    return true;
  }

  private boolean change(
      Request request, Response response, Callback callback, Supplier<ModuleVersion> change) {
    if (!HttpMethod.POST.is(request.getMethod())) {
      return wrongMethod(response, callback, "POST");
    }
    return live(change.get(), response, callback);
  }

  private boolean live(ModuleVersion version, Response response, Callback callback) {
    log.info("{} is live", version);
    Answer.json(
        response,
        callback,
        HttpStatus.OK_200,
        new Live(version.service().value(), version.digest().hex(), restOf(version).orElse(null)));
    return true;
  }

  /** Making a version live again that rests does not end its rest: whoever tries has to know. */
  private Optional<Rest> restOf(ModuleVersion version) {
    return sandbox.operator().quarantine().stream()
        .filter(resting -> resting.version().equals(version))
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

  private boolean publish(ServiceId service, Request request, Response response, Callback callback)
      throws IOException {
    if (request.getHeaders().contains(HttpHeader.CONTENT_ENCODING)) {
      return fail(
          response,
          callback,
          HttpStatus.UNSUPPORTED_MEDIA_TYPE_415,
          "encoding",
          "a module is uploaded as it is, without a Content-Encoding");
    }
    if (request.getLength() > mostBytes) {
      return tooLarge(response, callback);
    }
    byte[] wasm;
    try (InputStream body = Request.asInputStream(request)) {
      wasm = body.readNBytes(mostBytes + 1);
    }
    if (wasm.length > mostBytes) {
      return tooLarge(response, callback);
    }
    return live(sandbox.publish(service, wasm), response, callback);
  }

  private boolean describe(ServiceId service, Response response, Callback callback) {
    Optional<ModuleVersion> live = sandbox.current(service);
    List<ModuleVersion> versions = sandbox.versions(service);
    if (live.isEmpty() && versions.isEmpty()) {
      return fail(
          response,
          callback,
          HttpStatus.NOT_FOUND_404,
          "not_found",
          "there is no service '%s'".formatted(service));
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
    return true;
  }

  private boolean tooLarge(Response response, Callback callback) {
    // What the client still sends is not worth reading.
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    return fail(
        response,
        callback,
        HttpStatus.PAYLOAD_TOO_LARGE_413,
        "limit",
        "a module takes at most %d bytes (sandbox.server.uploadBytes)".formatted(mostBytes));
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
    Answer.json(response, callback, status, new Failure(new Failure.Reason(kind, message)));
    return true;
  }
}
