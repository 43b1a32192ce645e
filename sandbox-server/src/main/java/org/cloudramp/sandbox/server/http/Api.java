package org.cloudramp.sandbox.server.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cloudramp.sandbox.server.token.Scope;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Everything below {@code /api/}, for whoever has brought a valid token. Its routes are those of
 * {@link #routes}, and described in {@code openapi.json} beside this class, which it serves.
 *
 * <p>A request is answered by the one route of its path and method, if the names in its path are
 * possible and its token allows what the route needs; in that order, so that nobody learns what
 * there is who may not. Errors are {@code {"error":{"kind":"…","message":"…"}}}, where the kind is
 * {@code malformed}, {@code limit}, {@code unlinkable}, {@code integrity} or {@code not_found} for
 * a module, {@code trapped}, {@code deadline}, {@code memory}, {@code quota} or {@code abi} for its
 * initialisation, {@code unavailable}, {@code timeout}, {@code conflict} or {@code refused} for the
 * store, {@code queue_full} or {@code closed} for a room, and {@code busy}, {@code slow}, {@code
 * unauthenticated}, {@code denied}, {@code not_recorded}, {@code bad_request}, {@code encoding},
 * {@code method} or {@code internal} otherwise.
 */
public final class Api extends Handler.Abstract.NonBlocking {
  private final List<Route> routes;
  private final List<AutoCloseable> parts;

  private Api(List<Route> routes, List<AutoCloseable> parts) {
    this.routes = routes;
    this.parts = parts;
  }

  /** The routes of these parts, which end with it. */
  public static Api of(
      ServicesApi services,
      RoomsApi rooms,
      RoomContentsApi contents,
      RecordingsApi recordings,
      TermsApi terms,
      SourceMapsApi sourceMaps,
      EventsApi events,
      HooksApi hooks,
      ServerApi server) {
    List<Route> routes =
        Stream.of(
                services.routes(),
                rooms.routes(),
                contents.routes(),
                recordings.routes(),
                terms.routes(),
                sourceMaps.routes(),
                events.routes(),
                hooks.routes(),
                server.routes())
            .flatMap(List::stream)
            .toList();
    return new Api(routes, List.of(services, rooms, contents, recordings, sourceMaps));
  }

  /** All of them. */
  List<Route> routes() {
    return routes;
  }

  @Override
  protected void doStop() throws Exception {
    for (AutoCloseable part : parts) {
      part.close();
    }
    super.doStop();
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String path = request.getHttpURI().getCanonicalPath();
    if (path == null || !path.startsWith(Answer.API)) {
      return false;
    }
    List<Route> there =
        routes.stream().filter(route -> route.path().match(path).isPresent()).toList();
    if (there.isEmpty()) {
      Answer.failure(
          response, callback, HttpStatus.NOT_FOUND_404, "not_found", "the API has no such path");
      return true;
    }
    Optional<Route> route =
        there.stream().filter(each -> each.method().is(request.getMethod())).findFirst();
    Route chosen = route.orElse(there.get(0));
    Map<String, String> parameters = chosen.path().match(path).orElseThrow();
    try {
      ApiRequest asked = new ApiRequest(request, response, callback, parameters);
      Failures.answered(asked, () -> answer(asked, chosen, route.isPresent(), there));
    } catch (BadRequestException e) {
      Answer.failure(
          response,
          callback,
          HttpStatus.BAD_REQUEST_400,
          "bad_request",
          String.valueOf(e.getMessage()));
    }
    return true;
  }

  private static void answer(ApiRequest asked, Route route, boolean hasMethod, List<Route> there) {
    asked.checkPath();
    Scope needed = route.needs().scope(asked);
    if (needed != null && !asked.caller().may(needed)) {
      Answer.missing(needed, asked.response(), asked.callback());
      return;
    }
    if (!hasMethod) {
      String allowed =
          there.stream()
              .map(each -> each.method().asString())
              .sorted()
              .collect(Collectors.joining(", "));
      asked.response().getHeaders().put(HttpHeader.ALLOW, allowed);
      asked.fail(
          HttpStatus.METHOD_NOT_ALLOWED_405, "method", "only " + allowed.replace(", ", " and "));
      return;
    }
    asked.checkQuery(route.query());
    route.action().answer(asked);
  }
}
