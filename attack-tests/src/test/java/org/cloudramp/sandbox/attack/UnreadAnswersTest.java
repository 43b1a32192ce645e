package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/** Those who ask rooms by HTTP, and read nothing of what they are answered. */
class UnreadAnswersTest extends SurvivalTest {
  private static final int ASKING = 600;
  private static final int TIMES = 12;

  static Stream<Attack> attacks() {
    return Stream.of(
        onMemory(
                "21a",
                "600 connections that ask a room for 1 MB, a dozen times each, and read nothing",
                "an answer was on nobody's account, until server.outgoingBytes had them",
                siege -> ask(siege, 1, "Many"))
            .notYet(), // beside other work a newcomer waits up to 3.5 s
        onMemory("21b", "the same of 12 services", "", siege -> ask(siege, 12, "Many"))
            // 12 modules are live, with instances whose memory has grown by that megabyte.
            .mayKeep(80),
        onMemory(
            "21c",
            "600 connections that ask for a part of a page, a dozen times each, and read nothing",
            "",
            siege -> askFor(siege, "GET", i -> "/monitor", "")),
        onMemory(
            "21d",
            "600 connections that ask for all services, a dozen times each, and read nothing",
            "",
            siege ->
                askFor(
                    siege,
                    "GET",
                    i -> "/api/services",
                    Credentials.header(Credentials.ADMIN) + "\r\n")));
  }

  private static void ask(Siege siege, int services, String room) throws Exception {
    for (int i = 0; i < services; i++) {
      siege.prepare("asked" + i, Modules.weapon());
    }
    askFor(siege, "POST", i -> "/rooms/asked" + i % services + "/" + room + i + "/", "");
  }

  private static void askFor(Siege siege, String method, IntFunction<String> path, String headers)
      throws Exception {
    List<Crowd.Member> all = new ArrayList<>();
    for (int i = 0; i < ASKING; i++) {
      byte[] request =
          "%s %s HTTP/1.1\r\nHost: localhost:%d\r\n%sContent-Length: 0\r\n\r\n"
              .formatted(method, path.apply(i), siege.port(), headers)
              .repeat(TIMES)
              .getBytes(StandardCharsets.ISO_8859_1);
      all.add(siege.connectWithoutReading(request));
    }
    siege.await(() -> all.stream().allMatch(member -> member.status() != 0 || member.isClosed()));
    siege.hold();
  }
}
