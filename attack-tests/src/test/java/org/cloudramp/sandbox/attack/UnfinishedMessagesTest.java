package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Messages that never end. They need no upload of one's own: any room will do. */
class UnfinishedMessagesTest extends SurvivalTest {
  private static final int CONNECTIONS = 4_545;
  private static final byte[] LARGE = new byte[65_000];

  static Stream<Attack> attacks() {
    return Stream.of(
        onMemory(
                "7a",
                "4,545 connections with an unfinished message of 65 KB each, in nine frames",
                "garbage collection without end after they have left; SIGTERM ignored for 24"
                    + " minutes",
                siege -> begin(siege, CONNECTIONS, inNineFrames()))
            .alwaysInTurn(),
        onMemory(
            "7b",
            "4,545 connections with a frame of 65 KB each whose last byte is missing",
            "",
            siege ->
                begin(siege, CONNECTIONS, WebSocketBytes.cutOff(WebSocketBytes.BINARY, LARGE, 1))),
        onMemory(
            "7c",
            "1,000 connections with a message of 65 KB each in frames of one byte, never"
                + " finished",
            "",
            siege -> trickle(siege, 1_000)),
        onMemory(
            "7d",
            "4,545 connections whose request for a room never ends its head of 7 KB",
            "",
            siege -> neverAsk(siege, CONNECTIONS)));
  }

  private static List<Crowd.Member> join(Siege siege, int connections) throws InterruptedException {
    siege.prepare("open", Modules.example("chat"));
    // Ten in each room: it is not what they are told of each other that is tried here.
    List<Crowd.Member> members =
        IntStream.range(0, connections).mapToObj(i -> siege.join("open", "room" + i / 10)).toList();
    return siege.awaitAnswers(members);
  }

  private static void begin(Siege siege, int connections, byte[] message) throws Exception {
    join(siege, connections).forEach(member -> member.send(message));
  }

  /** What is put together is copied as it grows, so this takes twice the space of one frame. */
  private static byte[] inNineFrames() {
    byte[] part = new byte[7_300];
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    frames.writeBytes(WebSocketBytes.unfinished(WebSocketBytes.BINARY, part));
    for (int i = 0; i < 8; i++) {
      frames.writeBytes(WebSocketBytes.unfinished(WebSocketBytes.CONTINUATION, part));
    }
    return frames.toByteArray();
  }

  private static void trickle(Siege siege, int connections) throws Exception {
    List<Crowd.Member> members = join(siege, connections);
    byte[] first = WebSocketBytes.unfinished(WebSocketBytes.BINARY, new byte[1]);
    members.forEach(member -> member.send(first));
    byte[] next = WebSocketBytes.unfinished(WebSocketBytes.CONTINUATION, new byte[1]);
    byte[] many = new byte[1_000 * next.length];
    for (int i = 0; i < many.length; i++) {
      many[i] = next[i % next.length];
    }
    siege.times(
        64,
        i -> {
          members.forEach(member -> member.send(many));
          siege.await(() -> members.stream().allMatch(Crowd.Member::isSent));
        });
  }

  private static void neverAsk(Siege siege, int connections) throws Exception {
    byte[] head =
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX-Nothing: " + "x".repeat(7_000))
            .getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < connections; i++) {
      siege.connect(head);
    }
    siege.hold();
  }
}
