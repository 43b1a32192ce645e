package org.cloudramp.sandbox.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Short answers to requests. */
public final class Answer {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Answer() {}

  /** Answers with a line of text. */
  public static void text(Response response, Callback callback, int status, String text) {
    write(response, callback, status, "text/plain;charset=utf-8", text + "\n");
  }

  /** Answers with a record or a map as JSON. */
  static void json(Response response, Callback callback, int status, Object content) {
    write(response, callback, status, "application/json", jsonText(content) + "\n");
  }

  /** A record or a map as JSON, in one line. */
  static String jsonText(Object content) {
    try {
      return JSON.writeValueAsString(content);
    } catch (JsonProcessingException e) {
      throw new AssertionError("answers are records of texts", e);
    }
  }

  private static void write(
      Response response, Callback callback, int status, String type, String content) {
    response.setStatus(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    Content.Sink.write(response, true, content, callback);
  }
}
