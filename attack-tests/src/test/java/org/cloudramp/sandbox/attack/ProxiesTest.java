package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onTime;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import java.util.stream.Stream;
import org.cloudramp.sandbox.testkit.servers.PlainProxy;

/**
 * Strangers who come through a proxy that runs beside the server, and so from its own address; the
 * bystanders' service is what they are after.
 */
class ProxiesTest extends SurvivalTest {
  static Stream<Attack> attacks() {
    return Stream.of(
        onTime(
                "11a",
                "a stranger's upload through a plain proxy of the same machine",
                "200, and a customer's code was replaced",
                siege -> mustNotChange(siege, Map.of(), ""))
            .alwaysInTurn(),
        onTime(
            "11b",
            "the same through a proxy that says everybody is this machine",
            "200 or 403, depending on which headers it set",
            siege ->
                mustNotChange(
                    siege,
                    Map.of(
                        "Host", "localhost",
                        "X-Forwarded-For", "127.0.0.1",
                        "X-Real-IP", "127.0.0.1",
                        "Forwarded", "for=127.0.0.1;host=localhost"),
                    "")),
        onTime(
            "11c",
            "the same with the token of another service",
            "200: there were no tokens",
            siege -> mustNotChange(siege, Map.of(), Credentials.DEPLOYS_VISITED)),
        onTime(
            "11d",
            "tokens that are guessed, as often as it goes",
            "200: there were no tokens",
            siege ->
                siege.again(
                    time ->
                        mustBeRefused(
                            siege,
                            URI.create("http://localhost:%d/".formatted(siege.port())),
                            "a-guess-that-is-long-enough-%d".formatted(time)))));
  }

  private static void mustNotChange(Siege siege, Map<String, String> adds, String token)
      throws Exception {
    URI server = URI.create("http://127.0.0.1:%d/".formatted(siege.port()));
    try (PlainProxy proxy = PlainProxy.before(server, adds)) {
      siege.again(time -> mustBeRefused(siege, proxy.uri(), token));
    }
  }

  private static void mustBeRefused(Siege siege, URI door, String token) {
    URI chat = door.resolve("/api/services/chat");
    mustBeRefused(
        siege,
        "upload",
        HttpRequest.newBuilder(chat).PUT(BodyPublishers.ofByteArray(Modules.weapon())),
        token);
    mustBeRefused(
        siege,
        "rollback",
        HttpRequest.newBuilder(URI.create(chat + "/rollback")).POST(BodyPublishers.noBody()),
        token);
    mustBeRefused(siege, "question", HttpRequest.newBuilder(chat), token);
  }

  private static void mustBeRefused(
      Siege siege, String what, HttpRequest.Builder request, String token) {
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    int status = siege.send("stranger's " + what, request);
    if (status < 400 || status >= 500) {
      siege.complain("the %s of a stranger was answered with %d".formatted(what, status));
    }
  }
}
