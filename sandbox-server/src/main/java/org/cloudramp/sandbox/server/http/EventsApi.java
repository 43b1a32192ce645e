package org.cloudramp.sandbox.server.http;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.feed.Feed;
import org.cloudramp.sandbox.server.feed.FeedEvent;
import org.cloudramp.sandbox.server.feed.FeedFilter;
import org.cloudramp.sandbox.server.token.Scope;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;

/**
 * What guests log, what fails and what rests, of one service or of all: the last of it, and as
 * server-sent events as it happens.
 */
public final class EventsApi {
  private static final String OF_SERVICE = Answer.API + "services/{service}/";

  private final Feed feed;

  /**
   * @param feed hears of everything
   */
  public EventsApi(Feed feed) {
    this.feed = feed;
  }

  List<Route> routes() {
    return List.of(
        Route.of(HttpMethod.GET, OF_SERVICE + "faults", Needs.READ, this::faults),
        Route.of(
            HttpMethod.GET,
            OF_SERVICE + "events",
            Needs.READ,
            request ->
                follow(request, Optional.of(request.service()), Scope.read(request.service())),
            "room",
            "kinds"),
        Route.of(
            HttpMethod.GET,
            Answer.API + "events",
            Needs.READ_ALL,
            request -> follow(request, request.named("service", ServiceId::new), Scope.READ_ALL),
            "service",
            "room",
            "kinds"));
  }

  /**
   * What has gone wrong of late.
   *
   * @param last the number of the last event of the server, after which to follow
   */
  record Faults(String service, long last, List<EventJson> faults) {}

  private void faults(ApiRequest request) {
    ServiceId service = request.service();
    long last = feed.last(); // first: what comes meanwhile is told twice rather than not at all
    List<EventJson> faults = feed.recent(service).stream().map(EventJson::of).toList();
    request.ok(new Faults(service.value(), last, faults));
  }

  private void follow(ApiRequest request, Optional<ServiceId> service, Scope needed) {
    FeedFilter filter = new FeedFilter(service, request.named("room", RoomId::new), kinds(request));
    EventStream stream = new EventStream(request, needed);
    boolean isOpen =
        stream.open(
            signal -> feed.subscribe(filter, request.caller().name(), lastEvent(request), signal));
    if (!isOpen) {
      request.response().getHeaders().put(HttpHeader.RETRY_AFTER, "10");
      request.fail(
          HttpStatus.TOO_MANY_REQUESTS_429,
          "busy",
          "too many listen: %d may at a time, and %d with one token"
              .formatted(Feed.MAX_SUBSCRIPTIONS, Feed.MAX_SUBSCRIPTIONS_OF_ONE));
    }
  }

  private static Set<FeedEvent.Kind> kinds(ApiRequest request) {
    Optional<String> text = request.text("kinds");
    if (text.isEmpty()) {
      return EnumSet.allOf(FeedEvent.Kind.class);
    }
    Set<FeedEvent.Kind> kinds = EnumSet.noneOf(FeedEvent.Kind.class);
    for (String word : text.get().split(",", -1)) {
      kinds.add(
          Arrays.stream(FeedEvent.Kind.values())
              .filter(kind -> kind.toString().equals(word.toLowerCase(Locale.ROOT)))
              .findFirst()
              .orElseThrow(
                  () ->
                      new BadRequestException(
                          "'kinds' in the query are some of log, fault, rest and lift, with commas between them")));
    }
    return kinds;
  }

  private static Optional<Long> lastEvent(ApiRequest request) {
    List<String> ids = request.lastEventIds();
    if (ids.isEmpty()) {
      return Optional.empty();
    }
    if (ids.size() == 1 && ids.get(0).matches("\\d{1,18}")) {
      return Optional.of(Long.parseLong(ids.get(0)));
    }
    throw new BadRequestException("Last-Event-ID is the id of an event of this server");
  }
}
