package org.cloudramp.sandbox.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.core.Operator;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.server.access.Caller;
import org.cloudramp.sandbox.server.token.Scope;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Services: which there are, their versions, which of these is live, and what rests. What changes
 * something leaves a line in the log {@code org.cloudramp.sandbox.audit} that says whose token it
 * was.
 *
 * <p>No request holds a thread of the server while it waits for its body, the compiler or the
 * store: bodies come in as {@link Uploads}, and what may take long has threads of its own, on which
 * services take {@link Turns}. What finds no place is answered with 503.
 */
public final class ServicesApi implements AutoCloseable {
  private static final Logger audit = LoggerFactory.getLogger("org.cloudramp.sandbox.audit");

  /** Where services are. */
  private static final String PREFIX = Answer.API + "services/";

  private static final String SERVICE = PREFIX + "{service}";

  /** Threads for each of the two kinds of requests; more would only compete for processors. */
  private static final int THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());

  /** Requests of one service that wait for their turn; its operator may try again. */
  private static final int MAX_WAITING_PER_SERVICE = 16;

  private static final long DEFAULT_REST_SECONDS = 600;

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

  List<Route> routes() {
    return List.of(
        Route.of(
            HttpMethod.GET, Answer.API + "services", Needs.READ_ALL, this::list, "after", "limit"),
        Route.of(HttpMethod.GET, SERVICE, Needs.READ, this::describe),
        Route.of(HttpMethod.PUT, SERVICE, Needs.DEPLOY, this::publish),
        Route.of(HttpMethod.DELETE, SERVICE, Needs.ADMIN, this::delete),
        Route.of(HttpMethod.POST, SERVICE + "/rollback", Needs.DEPLOY, this::rollback),
        Route.of(HttpMethod.POST, SERVICE + "/activate/{digest}", Needs.DEPLOY, this::activate),
        Route.of(HttpMethod.GET, SERVICE + "/quarantine", Needs.READ, this::resting),
        Route.of(
            HttpMethod.POST, SERVICE + "/quarantine/{digest}", Needs.DEPLOY, this::rest, "seconds"),
        Route.of(HttpMethod.POST, SERVICE + "/lift", Needs.DEPLOY, this::lift));
  }

  /** Ends the threads. Idempotent. */
  @Override
  public void close() {
    changes.close();
    questions.close();
  }

  /**
   * A part of the services.
   *
   * @param next after what the next part begins; null if there is none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Services(List<String> services, @Nullable String next) {}

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

  record Resting(String service, List<RestOf> resting) {}

  /**
   * A version that rests, or a room of it.
   *
   * @param room null if it is the version as a whole
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record RestOf(String digest, @Nullable String room, long seconds, String lastFault) {}

  record Rested(String service, String digest, long seconds) {}

  record Lifted(String service, List<String> lifted) {}

  record Deleted(String service) {}

  private void list(ApiRequest request) {
    Optional<ServiceId> after = request.named("after", ServiceId::new);
    int limit = request.limit();
    inTurn(
        Optional.empty(),
        request,
        () -> {
          List<String> services =
              sandbox.operator().services(after, limit).stream().map(ServiceId::value).toList();
          boolean isFull = services.size() == limit;
          request.ok(new Services(services, isFull ? services.get(limit - 1) : null));
        });
  }

  private void describe(ApiRequest request) {
    ServiceId service = request.service();
    inTurn(
        service,
        request,
        () -> {
          Optional<ModuleVersion> live = sandbox.current(service);
          List<ModuleVersion> versions = sandbox.versions(service);
          if (live.isEmpty() && versions.isEmpty()) {
            request.fail(
                HttpStatus.NOT_FOUND_404,
                "not_found",
                "there is no service '%s'".formatted(service));
            return;
          }
          request.ok(
              new Service(
                  service.value(),
                  live.map(ModuleVersion::digest).map(Digest::hex).orElse(null),
                  versions.stream().map(version -> version.digest().hex()).toList(),
                  live.flatMap(this::restOf).orElse(null)));
        });
  }

  private void delete(ApiRequest request) {
    ServiceId service = request.service();
    Caller caller = request.caller();
    inTurn(
        service,
        request,
        () -> {
          if (!caller.may(Scope.ADMIN)) {
            Answer.missing(Scope.ADMIN, request.response(), request.callback());
            return;
          }
          try {
            sandbox.operator().delete(service);
          } catch (StoreException e) {
            audit.warn("delete: {}, service {}: failed, and may be done in part", caller, service);
            throw e;
          }
          audit.info("delete: {} has deleted service {}", caller, service);
          request.ok(new Deleted(service.value()));
        });
  }

  private void rollback(ApiRequest request) {
    ServiceId service = request.service();
    change("rollback", service, request, () -> sandbox.rollback(service));
  }

  private void activate(ApiRequest request) {
    ServiceId service = request.service();
    Digest digest = request.digest();
    change(
        "activate",
        service,
        request,
        () -> {
          sandbox.activate(service, digest);
          return new ModuleVersion(service, digest);
        });
  }

  private void resting(ApiRequest request) {
    ServiceId service = request.service();
    List<RestOf> resting =
        sandbox.operator().quarantine().stream()
            .filter(rest -> rest.version().service().equals(service))
            .map(
                rest ->
                    new RestOf(
                        rest.version().digest().hex(),
                        rest.room().map(RoomId::value).orElse(null),
                        seconds(rest),
                        rest.lastFault()))
            .toList();
    request.ok(new Resting(service.value(), resting));
  }

  private void rest(ApiRequest request) {
    ModuleVersion version = new ModuleVersion(request.service(), request.digest());
    long seconds =
        request.number("seconds", DEFAULT_REST_SECONDS, 1, Operator.LONGEST_REST.toSeconds());
    Caller caller = request.caller();
    inTurn(
        version.service(),
        request,
        () -> {
          if (!may(caller, version.service(), request)) {
            return;
          }
          if (!sandbox.versions(version.service()).contains(version)) {
            request.fail(
                HttpStatus.NOT_FOUND_404,
                "not_found",
                "service '%s' has no version %s".formatted(version.service(), version.digest()));
            return;
          }
          sandbox
              .operator()
              .putToRest(version, Duration.ofSeconds(seconds), "the operator has stopped it");
          audit.info("quarantine: {} has put {} to rest for {} s", caller, version, seconds);
          request.ok(new Rested(version.service().value(), version.digest().hex(), seconds));
        });
  }

  private void lift(ApiRequest request) {
    ServiceId service = request.service();
    List<ModuleVersion> lifted =
        sandbox.operator().quarantine().stream()
            .map(Operator.Resting::version)
            .filter(version -> version.service().equals(service))
            .distinct() // it may rest in several rooms
            .toList();
    lifted.forEach(
        version -> {
          sandbox.operator().liftQuarantine(version);
          audit.info("lift: {} has ended the rest of {}", request.caller(), version);
        });
    request.ok(
        new Lifted(
            service.value(), lifted.stream().map(version -> version.digest().hex()).toList()));
  }

  private void change(
      String action, ServiceId service, ApiRequest request, Supplier<ModuleVersion> change) {
    inTurn(service, request, () -> makeLive(action, service, request, change));
  }

  private void inTurn(ServiceId service, ApiRequest request, Runnable answer) {
    inTurn(Optional.of(service), request, answer);
  }

  /** Answers when the service has its turn, or at once if too many wait for theirs. */
  private void inTurn(Optional<ServiceId> service, ApiRequest request, Runnable answer) {
    if (!questions.offer(service, () -> Failures.answered(request, answer))) {
      request.busy();
    }
  }

  /** Makes a version live, if whoever has asked for it still may. */
  private void makeLive(
      String action, ServiceId service, ApiRequest request, Supplier<ModuleVersion> change) {
    Caller caller = request.caller();
    if (!may(caller, service, request)) {
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
    request.ok(
        new Live(version.service().value(), version.digest().hex(), restOf(version).orElse(null)));
  }

  /** Whether the caller still may deploy; who may not is told so. */
  private static boolean may(Caller caller, ServiceId service, ApiRequest request) {
    Scope needed = Scope.deploy(service);
    if (caller.may(needed)) {
      return true;
    }
    Answer.missing(needed, request.response(), request.callback());
    return false;
  }

  /** Making a version live again that rests does not end its rest: whoever tries has to know. */
  private Optional<Rest> restOf(ModuleVersion version) {
    return sandbox.operator().quarantine().stream()
        .filter(resting -> resting.version().equals(version) && resting.room().isEmpty())
        .findFirst()
        .map(
            resting ->
                new Rest(
                    seconds(resting),
                    resting.lastFault(),
                    "this version is in quarantine for %d more seconds, and does not run until then; upload another one, or lift it: POST %s%s/lift"
                        .formatted(seconds(resting), PREFIX, version.service())));
  }

  private static long seconds(Operator.Resting resting) {
    return Math.max(1, resting.remaining().toSeconds());
  }

  private void publish(ApiRequest request) {
    if (request.http().getHeaders().contains(HttpHeader.CONTENT_ENCODING)) {
      request.fail(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE_415,
          "encoding",
          "a module is uploaded as it is, without a Content-Encoding");
      return;
    }
    uploads.read(request.http(), new Publication(request));
  }

  /** Publishes what has been uploaded, or says why it has not. */
  private final class Publication implements Uploads.Receiver {
    private final ApiRequest request;
    private final ServiceId service;

    Publication(ApiRequest request) {
      this.request = request;
      this.service = request.service();
    }

    @Override
    public void received(Uploads.Upload upload) {
      boolean taken =
          changes.offer(
              Optional.of(service),
              () -> {
                try (upload) {
                  Failures.answered(
                      request,
                      () ->
                          makeLive(
                              "upload",
                              service,
                              request,
                              () -> sandbox.publish(service, upload.bytes())));
                }
              });
      if (!taken) {
        upload.close();
        request.busy();
      }
    }

    @Override
    public void refused(Uploads.Refusal refusal) {
      request.refuse(
          refusal,
          "a module takes at most %d bytes (sandbox.server.uploadBytes)".formatted(maxBytes),
          "the upload of service '%s' came too slowly, and was given up".formatted(service));
    }

    @Override
    public void failed(Throwable failure) {
      request.callback().failed(failure);
    }
  }
}
