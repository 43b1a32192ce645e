package org.cloudramp.sandbox.server.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.server.access.Caller;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a replay needs: the recording of a room, the module that ran in it, and where in its source
 * each place of that module comes from. Whoever has fetched a recording has what users have said; a
 * line in the log {@code org.cloudramp.sandbox.audit} says who that was.
 *
 * <p>A file is in memory until its last byte has left, so few are on their way at a time; what
 * finds no place is answered with 503.
 */
public final class RecordingsApi implements AutoCloseable {
  private static final Logger audit = LoggerFactory.getLogger("org.cloudramp.sandbox.audit");

  private static final String SERVICE = Answer.API + "services/{service}";

  /** Files on their way, or being made. With the largest there can be, 64 MiB in all. */
  private static final int MAX_AT_ONCE = 4;

  private static final int MAX_OF_SERVICE = 2;

  private final Sandbox sandbox;
  private final Turns turns = new Turns("recordings", 1, MAX_AT_ONCE, MAX_OF_SERVICE);

  // Guarded by itself: files that are not sent yet.
  private final Map<ServiceId, Integer> onTheWay = new HashMap<>();

  /** For the rooms of that sandbox. */
  public RecordingsApi(Sandbox sandbox) {
    this.sandbox = sandbox;
  }

  List<Route> routes() {
    return List.of(
        Route.of(HttpMethod.GET, SERVICE + "/rooms/{room}/recording", Needs.READ, this::recording),
        Route.of(HttpMethod.GET, SERVICE + "/versions/{digest}", Needs.READ, this::module),
        Route.of(
            HttpMethod.GET,
            SERVICE + "/versions/{digest}/source-map",
            Needs.READ,
            this::sourceMap));
  }

  /** Ends the thread. Idempotent. */
  @Override
  public void close() {
    turns.close();
  }

  private void recording(ApiRequest request) {
    RoomAddress room = request.room();
    if (!sandbox.operator().records(room.service())) {
      request.fail(
          409,
          "not_recorded",
          "the rooms of service '%s' are not recorded on this server; whoever runs it can set record.%s = on"
              .formatted(room.service(), room.service()));
      return;
    }
    Caller caller = request.caller();
    send(
        room.service(),
        request,
        "application/octet-stream",
        () -> {
          Optional<Bytes> file = sandbox.operator().recording(room);
          if (file.isPresent()) {
            audit.info("recording: {} has fetched that of room {}", caller, room);
          }
          return file;
        },
        "nothing is recorded of room '%s' of service '%s' on this server: no hook has run there since it started, or what there was had to make room (recording.*)"
            .formatted(room.room(), room.service()));
  }

  private void module(ApiRequest request) {
    ModuleVersion version = new ModuleVersion(request.service(), request.digest());
    send(
        version.service(),
        request,
        "application/wasm",
        () -> Optional.of(Bytes.adopt(sandbox.operator().upload(version))),
        "");
  }

  private void sourceMap(ApiRequest request) {
    ModuleVersion version = new ModuleVersion(request.service(), request.digest());
    send(
        version.service(),
        request,
        "application/json",
        () -> sandbox.operator().sourceMap(version).map(Bytes::adopt),
        "no source map is kept of %s: 'room deploy' sends it, if the build makes one"
            .formatted(version));
  }

  private void send(
      ServiceId service,
      ApiRequest request,
      String type,
      Supplier<Optional<Bytes>> content,
      String absent) {
    if (!enter(service)) {
      request.busy();
      return;
    }
    Callback sent = Callback.from(request.callback(), () -> leave(service));
    ApiRequest counted = request.answeredBy(sent);
    boolean taken =
        turns.offer(
            Optional.of(service),
            () ->
                Failures.answered(
                    counted,
                    () -> {
                      Optional<Bytes> file = content.get();
                      if (file.isEmpty()) {
                        counted.fail(404, "not_found", absent);
                      } else {
                        Answer.bytes(counted.response(), sent, type, file.get());
                      }
                    }));
    if (!taken) {
      counted.busy();
    }
  }

  private boolean enter(ServiceId service) {
    synchronized (onTheWay) {
      int own = onTheWay.getOrDefault(service, 0);
      int all = onTheWay.values().stream().mapToInt(Integer::intValue).sum();
      if (own >= MAX_OF_SERVICE || all >= MAX_AT_ONCE) {
        return false;
      }
      onTheWay.put(service, own + 1);
      return true;
    }
  }

  private void leave(ServiceId service) {
    synchronized (onTheWay) {
      onTheWay.computeIfPresent(service, (id, number) -> number == 1 ? null : number - 1);
    }
  }
}
