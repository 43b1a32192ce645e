package org.cloudramp.sandbox.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One who follows events, and keeps what they hear. */
final class EventReader implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** An event; that of the end of the stream has the type {@code closed}. */
  record Heard(String id, String type, JsonNode data) {
    String text() {
      return data.path("text").asText();
    }
  }

  private final HttpResponse<InputStream> answer;
  private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();

  private EventReader(HttpResponse<InputStream> answer) {
    this.answer = answer;
  }

  /** Opens a stream; comes back when the server has begun it, or refused. */
  static EventReader open(HttpRequest.Builder request) throws IOException, InterruptedException {
    EventReader reader =
        new EventReader(
            HttpClient.newHttpClient().send(request.GET().build(), BodyHandlers.ofInputStream()));
    if (reader.status() == 200) {
      Thread thread = new Thread(reader::read, "event-reader");
      thread.setDaemon(true);
      thread.start();
    }
    return reader;
  }

  int status() {
    return answer.statusCode();
  }

  String header(String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  /** What a refusal says. */
  String body() throws IOException {
    return new String(answer.body().readAllBytes(), StandardCharsets.UTF_8);
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      String id = "";
      String type = "";
      String data = "";
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isEmpty() && !type.isEmpty()) {
          heard.add(new Heard(id, type, JSON.readTree(data)));
          type = "";
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          type = line.substring(7);
        } else if (line.startsWith("data: ")) {
          data = line.substring(6);
        } else if (!line.isEmpty() && !line.startsWith(":")) {
          throw new AssertionError("no line of an event: " + line);
        }
      }
      heard.add(new Heard("", "closed", JSON.nullNode()));
    } catch (IOException e) {
      heard.add(new Heard("", "closed", JSON.nullNode()));
    }
  }

  /** The next event; waits for it. */
  Heard next() {
    try {
      Heard next = heard.poll(TestServer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing more was heard");
      }
      return next;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The next of that type; leaves out those before it. */
  Heard await(String type) {
    Heard next = next();
    while (!next.type().equals(type)) {
      next = next();
    }
    return next;
  }

  @Override
  public void close() {
    try {
      answer.body().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
