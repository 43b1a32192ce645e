package org.cloudramp.sandbox.server.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.access.Caller;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;

/**
 * A request for a route, and the way to answer it. What is in its path and its query has been
 * decoded once, and is checked by whoever asks for it here.
 */
final class ApiRequest {
  /** How many things one answer lists, unless a request says otherwise. */
  private static final int DEFAULT_LIMIT = 100;

  private static final int MAX_LIMIT = 1_000;

  private final Request request;
  private final Response response;
  private final Callback callback;
  private final Map<String, String> parameters;
  private final Fields query;

  /**
   * @param parameters of the path, as they are in it
   * @throws BadRequestException if the query cannot be read
   */
  ApiRequest(
      Request request, Response response, Callback callback, Map<String, String> parameters) {
    this.request = request;
    this.response = response;
    this.callback = callback;
    this.parameters = parameters;
    try {
      this.query = Request.extractQueryParameters(request, StandardCharsets.UTF_8);
    } catch (RuntimeException e) { // a stranger has written it
      throw new BadRequestException("the query of the URL cannot be read");
    }
  }

  // What is asked.

  Request http() {
    return request;
  }

  Response response() {
    return response;
  }

  Callback callback() {
    return callback;
  }

  Caller caller() {
    return Caller.of(request);
  }

  ServiceId service() {
    return parameter("service", ServiceId::new);
  }

  Digest digest() {
    return parameter("digest", Digest::new);
  }

  RoomAddress room() {
    return new RoomAddress(service(), parameter("room", RoomId::new));
  }

  ConnectionId connection() {
    return parameter("connection", ConnectionId::new);
  }

  private <T> T parameter(String name, Function<String, T> type) {
    return checked(String.valueOf(parameters.get(name)), type);
  }

  private static <T> T checked(String text, Function<String, T> type) {
    try {
      return type.apply(text);
    } catch (IllegalArgumentException e) {
      throw new BadRequestException(String.valueOf(e.getMessage()));
    }
  }

  /** Fails if one of the path's parameters cannot be what it stands for. */
  void checkPath() {
    for (String name : parameters.keySet()) {
      Object unused =
          switch (name) {
            case "service" -> service();
            case "digest" -> digest();
            case "room" -> room();
            case "connection" -> connection();
            default -> throw new AssertionError("no path has a parameter " + name);
          };
    }
  }

  /** Fails if the query has a parameter that is not among these, or one of them twice. */
  void checkQuery(Set<String> known) {
    for (Fields.Field field : query) {
      if (!known.contains(field.getName())) {
        throw new BadRequestException(
            known.isEmpty()
                ? "this takes no parameters in the query"
                : "the query may have "
                    + String.join(", ", known.stream().sorted().toList())
                    + ", and nothing else");
      }
      if (field.getValues().size() > 1) {
        throw new BadRequestException(
            "the query has '%s' more than once".formatted(field.getName()));
      }
    }
  }

  /** A parameter of the query. */
  Optional<String> text(String name) {
    return Optional.ofNullable(query.getValue(name));
  }

  /** A parameter of the query that names something. */
  <T> Optional<T> named(String name, Function<String, T> type) {
    return text(name).map(text -> checked(text, type));
  }

  /** A whole number in the query, within bounds, both included. */
  long number(String name, long otherwise, long least, long most) {
    String text = text(name).orElse(String.valueOf(otherwise));
    if (text.matches("\\d{1,18}")) {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw new BadRequestException(
        "'%s' in the query is a whole number from %d to %d".formatted(name, least, most));
  }

  /** How many things to list at most. */
  int limit() {
    return (int) number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT);
  }

  /** With which code and reason to close somebody. */
  CloseFrame closeFrame() {
    int code = (int) number("code", 1000, 1000, 4999);
    String reason = text("reason").orElse("closed by the operator");
    try {
      return CloseFrame.ofApplication(code, reason);
    } catch (IllegalArgumentException e) {
      throw new BadRequestException(String.valueOf(e.getMessage()));
    }
  }

  /** The header by which a stream of events is resumed. */
  List<String> lastEventIds() {
    return request.getHeaders().getValuesList("Last-Event-ID");
  }

  /** The same request, but whoever answers it completes another callback. */
  ApiRequest answeredBy(Callback other) {
    return new ApiRequest(request, response, other, parameters);
  }

  // How it is answered; once.

  void ok(Object content) {
    Answer.json(response, callback, 200, content);
  }

  void fail(int status, String kind, String message) {
    Answer.failure(response, callback, status, kind, message);
  }

  /** What is still sent is not worth reading. */
  void refuse(Uploads.Refusal refusal, String tooLarge, String tooSlow) {
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    switch (refusal) {
      case TOO_LARGE -> fail(413, "limit", tooLarge);
      case TOO_SLOW -> fail(408, "slow", tooSlow);
      case BUSY -> busy();
    }
  }

  void busy() {
    response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
    fail(503, "busy", "too many requests wait for the server; try again in a moment");
  }
}
