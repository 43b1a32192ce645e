package org.cloudramp.sandbox.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.server.token.Scope;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Short answers to requests. */
public final class Answer {
  /** Where the API is. */
  public static final String API = "/api/";

  private static final ObjectMapper JSON = new ObjectMapper();

  private Answer() {}

  /** The one shape of an error of the API. */
  private record Failure(Reason error) {
    private record Reason(String kind, String message) {}
  }

  /** Answers with a line of text. */
  public static void text(Response response, Callback callback, int status, String text) {
    write(response, callback, status, "text/plain;charset=utf-8", text + "\n");
  }

  /**
   * Answers a request that no handler gets to see: one of the API as the API does, all others with
   * a line of text.
   */
  public static void refusal(
      Request request, Response response, Callback callback, int status, String text) {
    String path = request.getHttpURI().getCanonicalPath();
    if (path != null && path.startsWith(API)) {
      failure(response, callback, status, kindOf(status), text);
    } else {
      text(response, callback, status, text);
    }
  }

  /** The kind of an error that is known by its status alone. */
  static String kindOf(int status) {
    return switch (status) {
      case HttpStatus.UNAUTHORIZED_401 -> "unauthenticated";
      case HttpStatus.FORBIDDEN_403 -> "denied";
      case HttpStatus.TOO_MANY_REQUESTS_429 -> "busy";
      default -> "bad_request";
    };
  }

  /** Answers with an error, as the API does. */
  public static void failure(
      Response response, Callback callback, int status, String kind, String message) {
    json(response, callback, status, new Failure(new Failure.Reason(kind, message)));
  }

  /** Answers whoever has a token that does not allow what they ask for. */
  static void missing(Scope needed, Response response, Callback callback) {
    response
        .getHeaders()
        .put(
            HttpHeader.WWW_AUTHENTICATE,
            "Bearer realm=\"sandbox\", error=\"insufficient_scope\", scope=\"%s\""
                .formatted(needed));
    failure(
        response,
        callback,
        HttpStatus.FORBIDDEN_403,
        "denied",
        "the token does not allow this; it needs the scope '%s'".formatted(needed));
  }

  /** Answers with a record or a map as JSON. */
  public static void json(Response response, Callback callback, int status, Object content) {
    write(response, callback, status, "application/json", jsonText(content) + "\n");
  }

  /** Answers with a text that is JSON already. */
  static void writtenJson(Response response, Callback callback, String text) {
    write(response, callback, HttpStatus.OK_200, "application/json", text);
  }

  /** A record or a map as JSON, in one line. */
  static String jsonText(Object content) {
    try {
      return JSON.writeValueAsString(content);
    } catch (JsonProcessingException e) {
      throw new AssertionError("answers are records of texts", e);
    }
  }

  /** Answers with bytes, of which nothing is kept on the way. */
  static void bytes(Response response, Callback callback, String type, Bytes content) {
    response.setStatus(HttpStatus.OK_200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    response.getHeaders().put(HttpHeader.CONTENT_DISPOSITION, "attachment");
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, content.size());
    response.write(true, content.asReadOnlyBuffer(), callback);
  }

  private static void write(
      Response response, Callback callback, int status, String type, String content) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    Content.Sink.write(response, true, content, callback);
  }
}
