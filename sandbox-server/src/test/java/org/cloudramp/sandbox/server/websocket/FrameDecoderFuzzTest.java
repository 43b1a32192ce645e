package org.cloudramp.sandbox.server.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.Configuration.ConfigurationCustomizer;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.exception.BadPayloadException;
import org.eclipse.jetty.websocket.core.exception.MessageTooLargeException;
import org.eclipse.jetty.websocket.core.exception.ProtocolException;
import org.eclipse.jetty.websocket.core.internal.FrameSequence;
import org.eclipse.jetty.websocket.core.internal.Parser;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Conversations at random, whole and with bytes changed, as the decoder and as Jetty's parser read
 * them. The same seed is the same conversations.
 */
class FrameDecoderFuzzTest {
  private static final int CONVERSATIONS = 5_000;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void aConversationIsReadAsJettyReadsIt(long seed) {
    Random random = new Random(seed);
    int failed = 0;
    for (int i = 0; i < CONVERSATIONS; i++) {
      byte[] bytes = conversation(random);
      if (random.nextBoolean()) {
        mutate(bytes, random);
      }
      Reading reading = Reading.whole(bytes);
      List<String> ours = reading.events();
      List<String> theirs = readByJetty(bytes);

      String what = "conversation %d of seed %d".formatted(i, seed);
      if (isStricter(reading, theirs)) {
        int before = ours.size() - 1;
        assertThat(theirs.subList(0, before)).as(what).isEqualTo(ours.subList(0, before));
      } else {
        assertThat(ours).as(what).isEqualTo(theirs);
      }
      failed += ours.stream().anyMatch(event -> event.startsWith("fails")) ? 1 : 0;
    }
    assertThat(failed).as("that failed").isBetween(CONVERSATIONS / 10, CONVERSATIONS * 9 / 10);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {4, 5})
  void howTheBytesComeMakesNoDifference(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < CONVERSATIONS / 4; i++) {
      byte[] bytes = conversation(random);
      if (random.nextBoolean()) {
        mutate(bytes, random);
      }
      List<String> whole = Reading.whole(bytes).events();
      assertThat(Reading.inPiecesOf(1, bytes).events()).isEqualTo(whole);
      assertThat(Reading.inPiecesOf(1 + random.nextInt(64), bytes).events()).isEqualTo(whole);
    }
  }

  /**
   * We fail what Jetty's parser lets pass: lengths in more bytes than they need, and frames that
   * are not masked. And we fail sooner: a frame at its first wrong byte, and not when all of it is
   * here, when something else may be wrong with it or it never comes; a text at its first wrong
   * byte, and not when it ends.
   */
  private static boolean isStricter(Reading ours, List<String> theirs) {
    int before = ours.events().size() - 1;
    if (ours.reason().isEmpty() || theirs.size() < before) {
      return false;
    }
    if (ours.reason().contains("too many bytes") || ours.reason().contains("must be masked")) {
      return true;
    }
    List<String> after = theirs.subList(before, theirs.size());
    if (ours.reason().equals("a text is not UTF-8")) {
      return after.stream()
          .takeWhile(FrameDecoderFuzzTest::isNoEnd)
          .noneMatch(FrameDecoderFuzzTest::isMessage);
    }
    return after.isEmpty() || after.equals(List.of("fails 1009"));
  }

  private static boolean isNoEnd(String event) {
    return !event.startsWith("fails");
  }

  private static boolean isMessage(String event) {
    return event.startsWith("TEXT") || event.startsWith("BINARY");
  }

  private static byte[] conversation(Random random) {
    Frames frames = new Frames();
    int messages = 1 + random.nextInt(5);
    for (int i = 0; i < messages; i++) {
      boolean isText = random.nextBoolean();
      byte[] content = isText ? Frames.utf8(text(random)) : bytes(random, size(random));
      int parts = 1 + random.nextInt(4);
      int at = 0;
      for (int part = 0; part < parts; part++) {
        int end = part == parts - 1 ? content.length : at + random.nextInt(content.length - at + 1);
        int opcode = part > 0 ? Opcode.CONTINUATION : isText ? Opcode.TEXT : Opcode.BINARY;
        byte[] piece = java.util.Arrays.copyOfRange(content, at, end);
        frames.frame((part == parts - 1 ? Frames.FIN : 0) | opcode, bytes(random, 4), piece);
        at = end;
        if (random.nextInt(4) == 0) {
          int control = random.nextBoolean() ? Opcode.PING : Opcode.PONG;
          frames.frame(Frames.FIN | control, bytes(random, random.nextInt(126)));
        }
      }
    }
    return frames.close(1000 + random.nextInt(4), "bye").toBytes();
  }

  private static int size(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> 120 + random.nextInt(12);
      case 1 -> random.nextInt(2_000);
      default -> random.nextInt(40);
    };
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int left = random.nextInt(60); left > 0; left--) {
      text.appendCodePoint(
          switch (random.nextInt(4)) {
            case 0 -> 0x80 + random.nextInt(0x700);
            case 1 -> 0x1F600 + random.nextInt(0x40);
            default -> 0x20 + random.nextInt(0x5F);
          });
    }
    return text.toString();
  }

  private static byte[] bytes(Random random, int size) {
    byte[] some = new byte[size];
    random.nextBytes(some);
    return some;
  }

  private static void mutate(byte[] bytes, Random random) {
    for (int left = 1 + random.nextInt(3); left > 0; left--) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
  }

  /** As Reading does it, with Jetty's parser and what Jetty puts behind it. */
  private static List<String> readByJetty(byte[] bytes) {
    ConfigurationCustomizer configuration = new ConfigurationCustomizer();
    configuration.setAutoFragment(false);
    configuration.setMaxFrameSize(Reading.MAX_MESSAGE);
    Parser parser = new Parser(new ArrayByteBufferPool(), configuration);
    FrameSequence sequence = new FrameSequence();
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    List<String> events = new ArrayList<>();
    String kind = "";
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      for (Frame.Parsed frame = parser.parse(in); frame != null; frame = parser.parse(in)) {
        if (frame.hasRsv()) { // as Jetty's session does
          throw new ProtocolException("reserved");
        }
        frame.demask();
        sequence.check(frame.getOpCode(), frame.isFin());
        byte[] content = new byte[frame.getPayloadLength()];
        frame.getPayload().get(content);
        switch (frame.getOpCode()) {
          case OpCode.PING -> events.add(Reading.line("PING", content));
          case OpCode.PONG -> events.add(Reading.line("PONG", content));
          case OpCode.CLOSE -> {
            CloseStatus status = new CloseStatus(ByteBuffer.wrap(content));
            if (status.getCode() != CloseStatus.NO_CODE
                && !CloseStatus.isTransmittableStatusCode(status.getCode())) {
              throw new ProtocolException("code");
            }
            events.add(
                "CLOSE "
                    + status.getCode()
                    + (status.getReason() == null ? "" : status.getReason()));
            return events; // nothing is read behind it
          }
          default -> {
            if (frame.getOpCode() != OpCode.CONTINUATION) {
              kind = frame.getOpCode() == OpCode.TEXT ? "TEXT" : "BINARY";
            }
            message.writeBytes(content);
            if (frame.isFin()) {
              if (kind.equals("TEXT")) {
                requireUtf8(message.toByteArray());
              }
              events.add(Reading.line(kind, message.toByteArray()));
              message.reset();
            }
          }
        }
      }
    } catch (ProtocolException e) {
      events.add("fails 1002");
    } catch (BadPayloadException
        | org.eclipse.jetty.util.Utf8StringBuilder.Utf8IllegalArgumentException e) {
      events.add("fails 1007");
    } catch (MessageTooLargeException e) {
      events.add("fails 1009");
    }
    return events;
  }

  private static void requireUtf8(byte[] text) {
    try {
      java.nio.charset.StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new BadPayloadException("no text", e);
    }
  }
}
