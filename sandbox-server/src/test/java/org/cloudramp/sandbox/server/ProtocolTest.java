package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/protocol.md, replayed byte by byte. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ProtocolTest {
  private static final Pattern EXAMPLE =
      Pattern.compile("^```sandbox\\.v1\\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);

  /** A byte, a text, or a name, where it is named with how long it is. */
  private static final Pattern PART =
      Pattern.compile("([0-9a-f]{2})|\"([^\"]*)\"|\\{([a-z]+)(?::(\\d+))?}");

  @TempDir Path store;
  private final Map<String, byte[]> known = new HashMap<>();

  @Test
  void theExamplesAreWhatAServerSays() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "protocol.md"));
    List<String> lines =
        EXAMPLE.matcher(page).results().flatMap(example -> example.group(1).lines()).toList();
    assertThat(lines).hasSizeGreaterThan(10);

    try (TestServer server =
        TestServer.start(store, "rooms.shared", "always", "rooms.grace", "1m")) {
      server.publish("echo", Guests.wasm("echo"));
      Client client = server.offer("echo", "hall", "sandbox.v1");
      for (String line : lines) {
        String parts = line.substring(1);
        switch (line.charAt(0)) {
          case '>' -> client.say(written(parts));
          case '<' -> requireMatch(line, parts, client.next().bytes().toArray());
          case '!' -> {
            client.vanish();
            client = server.offer("echo", "hall", "sandbox.v1");
          }
          default -> throw new AssertionError(line);
        }
      }
      client.close();
    }
  }

  private byte[] written(String parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Matcher part = PART.matcher(parts);
    while (part.find()) {
      out.writeBytes(bytesOf(part));
    }
    return out.toByteArray();
  }

  private void requireMatch(String line, String parts, byte[] came) {
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    Matcher part = PART.matcher(parts);
    while (part.find()) {
      if (part.group(4) != null) { // it is named here
        int from = expected.size();
        int length = Integer.parseInt(part.group(4));
        known.put(part.group(3), Arrays.copyOfRange(came, from, from + length));
      }
      expected.writeBytes(bytesOf(part));
    }
    assertThat(came).as(line).isEqualTo(expected.toByteArray());
  }

  private byte[] bytesOf(Matcher part) {
    if (part.group(1) != null) {
      return new byte[] {(byte) Integer.parseInt(part.group(1), 16)};
    }
    if (part.group(2) != null) {
      return part.group(2).getBytes(StandardCharsets.US_ASCII);
    }
    byte[] value = known.get(part.group(3));
    assertThat(value).as("%s is named before", part.group(3)).isNotNull();
    return value;
  }
}
