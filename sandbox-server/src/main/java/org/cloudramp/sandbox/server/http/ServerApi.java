package org.cloudramp.sandbox.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.cloudramp.sandbox.core.Operator;
import org.cloudramp.sandbox.core.Sandbox;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;

/** What the server as a whole offers and does, and the description of the API itself. */
public final class ServerApi {
  private static final String DESCRIPTION = "openapi.json";

  private final Sandbox sandbox;
  private final Supplier<?> usage;
  private final Supplier<?> loops;
  private final Supplier<? extends Optional<?>> metering;
  private final String description = description();

  /**
   * @param usage what is in use of what all share, as a record or a map
   * @param loops what each loop has done, likewise
   * @param metering what services have taken, likewise; empty if nothing is added up
   */
  public ServerApi(
      Sandbox sandbox,
      Supplier<?> usage,
      Supplier<?> loops,
      Supplier<? extends Optional<?>> metering) {
    this.sandbox = sandbox;
    this.usage = usage;
    this.loops = loops;
    this.metering = metering;
  }

  List<Route> routes() {
    return List.of(
        Route.of(
            HttpMethod.GET,
            Answer.API + DESCRIPTION,
            Needs.ANY_TOKEN,
            request -> Answer.writtenJson(request.response(), request.callback(), description)),
        Route.of(
            HttpMethod.GET,
            Answer.API + "functions",
            Needs.ANY_TOKEN,
            request -> request.ok(FunctionsJson.describe(sandbox.functions()))),
        Route.of(
            HttpMethod.GET,
            Answer.API + "usage",
            Needs.READ_ALL,
            request -> request.ok(usage.get())),
        Route.of(
            HttpMethod.GET,
            Answer.API + "loops",
            Needs.READ_ALL,
            request -> request.ok(loops.get())),
        Route.of(HttpMethod.GET, Answer.API + "metering", Needs.READ_ALL, this::metering),
        Route.of(
            HttpMethod.GET, Answer.API + "slots", Needs.READ_ALL, request -> request.ok(table())));
  }

  private void metering(ApiRequest request) {
    Optional<?> report = metering.get();
    if (report.isEmpty()) {
      request.fail(
          HttpStatus.NOT_FOUND_404,
          "not_found",
          "what services take is not added up: sandbox.server.metering.services is 0");
    } else {
      request.ok(report.get());
    }
  }

  /**
   * The module table.
   *
   * @param modules in slots, the last requested first; no more than {@code slots}
   */
  record Table(int slots, int occupied, long hits, long misses, List<Slot> modules) {}

  /**
   * A slot.
   *
   * @param lastRequest as ISO 8601
   * @param leases hooks that use it now
   */
  record Slot(String service, String digest, String lastRequest, int leases) {}

  private Table table() {
    Operator.Table table = sandbox.operator().table();
    return new Table(
        table.slots(),
        table.occupied(),
        table.hits(),
        table.misses(),
        sandbox.operator().slots().stream()
            .map(
                slot ->
                    new Slot(
                        slot.version().service().value(),
                        slot.version().digest().hex(),
                        slot.lastRequest().toString(),
                        slot.leases()))
            .toList());
  }

  /** As it is checked in. */
  static String description() {
    try (InputStream in = ServerApi.class.getResourceAsStream(DESCRIPTION)) {
      if (in == null) {
        throw new AssertionError(DESCRIPTION + " is not beside " + ServerApi.class.getName());
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
