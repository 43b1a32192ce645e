package org.cloudramp.sandbox.server.management;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.cloudramp.sandbox.server.http.Answer;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * A path at which is answered how the server is, part by part: with 200 if all is well, and with
 * 503 otherwise. No thread waits for the answer.
 */
final class Checkup extends Handler.Abstract.NonBlocking {
  private static final String STOPPING = "stopping";

  private final String path;
  private final List<Probe> probes;
  private final BooleanSupplier stops;

  /** The answer. */
  private record Report(boolean ok, Map<String, Part> parts) {}

  /** A part in the answer. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  private record Part(String state, String trouble) {}

  /**
   * @param probes the parts
   * @param stops whether the server is not well because it is about to end, whatever its parts say
   */
  Checkup(String path, List<Probe> probes, BooleanSupplier stops) {
    this.path = path;
    this.probes = List.copyOf(probes);
    this.stops = stops;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!path.equals(request.getHttpURI().getCanonicalPath())) {
      return false;
    }
    List<CompletableFuture<Probe.Health>> answers = probes.stream().map(Probe::ask).toList();
    CompletableFuture<Void> unused =
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
            .thenRun(() -> answer(answers, response, callback));
    return true;
  }

  private void answer(
      List<CompletableFuture<Probe.Health>> answers, Response response, Callback callback) {
    Map<String, Part> parts = new LinkedHashMap<>();
    boolean ok = true;
    for (int i = 0; i < answers.size(); i++) {
      Probe.Health health = answers.get(i).join();
      ok &= health.isUp();
      parts.put(probes.get(i).part(), new Part(health.isUp() ? "up" : "down", health.trouble()));
    }
    if (stops.getAsBoolean()) { // asked last, and never remembered
      ok = false;
      parts.put("server", new Part(STOPPING, ""));
    }
    Answer.json(
        response,
        callback,
        ok ? HttpStatus.OK_200 : HttpStatus.SERVICE_UNAVAILABLE_503,
        new Report(ok, parts));
  }
}
