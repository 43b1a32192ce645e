package org.cloudramp.sandbox.server.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.websocket.Frames.FIN;
import static org.cloudramp.sandbox.server.websocket.Frames.bytes;
import static org.cloudramp.sandbox.server.websocket.Frames.utf8;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * RFC 6455 from the server's side. Numbers are those of the Autobahn test suite (fuzzing client),
 * whose cases these are in small.
 */
class FrameDecoderTest {
  /** What is read must not depend on how it comes. */
  private static void assertReads(Frames frames, String... events) {
    byte[] all = frames.toBytes();
    assertThat(Reading.whole(all).events()).containsExactly(events);
    assertThat(Reading.inPiecesOf(1, all).events()).containsExactly(events);
    assertThat(Reading.inPiecesOf(7, all).events()).containsExactly(events);
  }

  private static String text(String text) {
    return Reading.line("TEXT", utf8(text));
  }

  private static byte[] someBytes(int size) {
    byte[] some = new byte[size];
    new Random(size).nextBytes(some);
    return some;
  }

  @Nested
  class Framing {
    /** Autobahn 1.1.1 to 1.1.8, and what is beside its sizes. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 125, 126, 127, 128, 65_535, 65_536, 65_537})
    void textsOfEachFormOfLength(int size) {
      String text = "*".repeat(size);
      assertReads(new Frames().text(text).text("next"), text(text), text("next"));
    }

    /** Autobahn 1.2.1 to 1.2.8. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 125, 126, 127, 128, 65_535, 65_536, 65_537})
    void binariesOfEachFormOfLength(int size) {
      byte[] content = someBytes(size);
      assertReads(
          new Frames().frame(FIN | Opcode.BINARY, content), Reading.line("BINARY", content));
    }

    @Test
    void masksOfEachKindAreTakenOff() {
      byte[] content = someBytes(1_000);
      for (byte[] key :
          new byte[][] {bytes(0, 0, 0, 0), bytes(255, 255, 255, 255), bytes(1, 2, 3, 4)}) {
        assertReads(
            new Frames().frame(FIN | Opcode.BINARY, key, content), Reading.line("BINARY", content));
      }
    }

    @Test
    void aFrameThatIsNotMaskedFails() {
      assertReads(new Frames().raw(0x81, 0x02, 'h', 'i'), "fails 1002");
    }

    @Test
    void aLengthWithTheHighestBitFails() {
      assertReads(
          new Frames().raw(0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0), "fails 1002");
    }

    @Test
    void aLengthInMoreBytesThanItNeedsFails() {
      assertReads(new Frames().raw(0x82, 0xFE, 0, 125, 0, 0, 0, 0), "fails 1002");
      assertReads(
          new Frames().raw(0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0), "fails 1002");
    }

    @Test
    void aMessageOverTheLimitFailsBeforeItsContentHasCome() {
      byte[] head = new Frames().frame(FIN | Opcode.BINARY, new byte[101]).toBytes();
      assertThat(Reading.of(Arrays.copyOf(head, 6), 1, 100).events()).containsExactly("fails 1009");
    }

    @Test
    void aMessageOverTheLimitInSeveralFramesFails() {
      byte[] all =
          new Frames()
              .frame(Opcode.BINARY, new byte[60])
              .frame(FIN | Opcode.CONTINUATION, new byte[41])
              .toBytes();
      assertThat(Reading.of(all, 1, 100).events()).containsExactly("fails 1009");
    }

    @Test
    void aMessageOfTheLimitIsTakenAndTheNextOneToo() {
      byte[] all =
          new Frames()
              .frame(FIN | Opcode.BINARY, new byte[100])
              .frame(FIN | Opcode.BINARY, new byte[100])
              .toBytes();
      assertThat(Reading.of(all, 9, 100).events()).hasSize(2);
    }

    @Test
    void aFrameThatClaimsToBeHugeFails() {
      assertReads(
          new Frames().raw(0x82, 0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0),
          "fails 1009");
    }
  }

  @Nested
  class PingsAndPongs {
    /** Autobahn 2.1 to 2.4. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 125})
    void pingsOfAnySizeThatTheyMayHave(int size) {
      byte[] content = someBytes(size);
      assertReads(new Frames().frame(FIN | Opcode.PING, content), Reading.line("PING", content));
    }

    /** Autobahn 2.5. */
    @Test
    void aPingOfMoreFails() {
      assertReads(new Frames().frame(FIN | Opcode.PING, new byte[126]), "fails 1002");
    }

    /** Autobahn 2.7 to 2.9. */
    @Test
    void pongsThatNobodyHasAskedFor() {
      assertReads(
          new Frames().frame(FIN | Opcode.PONG, utf8("x")).frame(FIN | Opcode.PING),
          Reading.line("PONG", utf8("x")),
          "PING ");
    }

    /** Autobahn 2.10, 2.11. */
    @Test
    void tenPingsInARow() {
      Frames frames = new Frames();
      String[] events = new String[10];
      for (int i = 0; i < 10; i++) {
        frames.frame(FIN | Opcode.PING, (byte) i);
        events[i] = "PING 0" + i;
      }
      assertReads(frames, events);
    }
  }

  @Nested
  class ReservedBitsAndOpcodes {
    /** Autobahn 3.1 to 3.7. */
    @ParameterizedTest
    @ValueSource(ints = {0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70})
    void anyReservedBitFails(int reserved) {
      assertReads(
          new Frames().text("before").frame(FIN | reserved | Opcode.TEXT, utf8("x")),
          text("before"),
          "fails 1002");
    }

    /** Autobahn 4.1.1 to 4.2.5. */
    @ParameterizedTest
    @ValueSource(ints = {0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF})
    void anyReservedOpcodeFails(int opcode) {
      assertReads(new Frames().frame(FIN | opcode), "fails 1002");
    }

    @Test
    void theFirstByteThatIsWrongIsEnough() {
      assertThat(Reading.whole(bytes(0xF1)).events()).containsExactly("fails 1002");
    }
  }

  @Nested
  class Fragments {
    /** Autobahn 5.1, 5.2. */
    @ParameterizedTest
    @ValueSource(ints = {Opcode.PING, Opcode.PONG, Opcode.CLOSE})
    void aControlFrameInPartsFails(int opcode) {
      assertReads(new Frames().frame(opcode, utf8("x")), "fails 1002");
    }

    /** Autobahn 5.3 to 5.5. */
    @Test
    void aTextInTwoFrames() {
      assertReads(
          new Frames()
              .frame(Opcode.TEXT, utf8("frag"))
              .frame(FIN | Opcode.CONTINUATION, utf8("ment")),
          text("fragment"));
    }

    /** Autobahn 5.6 to 5.8, 5.19, 5.20. */
    @Test
    void controlFramesComeBetweenTheFramesOfAMessage() {
      assertReads(
          new Frames()
              .frame(Opcode.TEXT, utf8("a"))
              .frame(FIN | Opcode.PING, utf8("1"))
              .frame(Opcode.CONTINUATION, utf8("b"))
              .frame(FIN | Opcode.PONG, utf8("2"))
              .frame(FIN | Opcode.CONTINUATION, utf8("c")),
          Reading.line("PING", utf8("1")),
          Reading.line("PONG", utf8("2")),
          text("abc"));
    }

    /** Autobahn 5.9 to 5.14. */
    @ParameterizedTest
    @ValueSource(ints = {FIN | Opcode.CONTINUATION, Opcode.CONTINUATION})
    void aContinuationOfNothingFails(int first) {
      assertReads(new Frames().text("whole").frame(first, utf8("x")), text("whole"), "fails 1002");
    }

    /** Autobahn 5.15. */
    @Test
    void aContinuationBehindAMessageThatHasEndedFails() {
      assertReads(
          new Frames()
              .frame(Opcode.TEXT, utf8("a"))
              .frame(FIN | Opcode.CONTINUATION, utf8("b"))
              .frame(Opcode.CONTINUATION, utf8("c")),
          text("ab"),
          "fails 1002");
    }

    /** Autobahn 5.16 to 5.18. */
    @ParameterizedTest
    @ValueSource(ints = {Opcode.TEXT, FIN | Opcode.TEXT, Opcode.BINARY, FIN | Opcode.BINARY})
    void aMessageWithinAMessageFails(int first) {
      assertReads(new Frames().frame(Opcode.TEXT, utf8("a")).frame(first, utf8("b")), "fails 1002");
    }

    /** Autobahn 6.1.2, 6.1.3. */
    @Test
    void framesMayBeEmpty() {
      assertReads(
          new Frames()
              .frame(Opcode.TEXT)
              .frame(Opcode.CONTINUATION)
              .frame(Opcode.CONTINUATION, utf8("middle"))
              .frame(FIN | Opcode.CONTINUATION),
          text("middle"));
    }
  }

  @Nested
  class Utf8 {
    /** Autobahn 6.2.1 to 6.2.4, 6.5, 6.7, 6.9, 6.11. */
    @ParameterizedTest
    @ValueSource(
        strings = {
          "Hello-µ@ßöäüàá-UTF-8!!",
          "κόσμε",
          "\0",
          "\u0080",
          "\u0800",
          "\uD800\uDC00",
          "\u007F",
          "\u07FF",
          "\uFFFF",
          "\uDBFF\uDFFF",
          "\uD7FF",
          "\uE000",
          "\uFFFD",
          "\uFFFE"
        })
    void textsOfAnyCharacters(String text) {
      assertReads(new Frames().text(text), text(text));
    }

    /** Autobahn 6.2.3: a frame may end in the middle of a character. */
    @Test
    void aCharacterInSeveralFrames() {
      byte[] text = utf8("a\uD83D\uDE00b");
      Frames frames = new Frames().frame(Opcode.TEXT);
      for (byte one : text) {
        frames.frame(Opcode.CONTINUATION, one);
      }
      assertReads(frames.frame(FIN | Opcode.CONTINUATION), Reading.line("TEXT", text));
    }

    /** Autobahn 6.3.1, 6.6, 6.8, 6.10, 6.12 to 6.21. */
    static Stream<byte[]> whatIsNoText() {
      return Stream.of(
          bytes(0x80),
          bytes(0xBF),
          bytes(0xFE),
          bytes(0xFF),
          bytes(0xC0, 0xAF), // "/" in two bytes
          bytes(0xC1, 0xBF),
          bytes(0xE0, 0x80, 0xAF),
          bytes(0xE0, 0x9F, 0xBF),
          bytes(0xF0, 0x80, 0x80, 0xAF),
          bytes(0xF0, 0x8F, 0xBF, 0xBF),
          bytes(0xF8, 0x88, 0x80, 0x80, 0x80), // five bytes
          bytes(0xFC, 0x84, 0x80, 0x80, 0x80, 0x80),
          bytes(0xED, 0xA0, 0x80), // U+D800
          bytes(0xED, 0xBF, 0xBF), // U+DFFF
          bytes(0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80), // a pair of them
          bytes(0xF4, 0x90, 0x80, 0x80), // U+110000
          bytes(0xC2), // cut
          bytes(0xE2, 0x82),
          bytes(0xF0, 0x9F, 0x98),
          bytes(0xC2, 0x41),
          bytes(0xE2, 0x82, 0x41),
          bytes(
              0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5, 0xED, 0xA0, 0x80));
    }

    @ParameterizedTest
    @MethodSource("whatIsNoText")
    void whatIsNoUtf8Fails(byte[] content) {
      assertReads(new Frames().frame(FIN | Opcode.TEXT, content), "fails 1007");
      byte[] behindOthers = new byte[content.length + 21];
      Arrays.fill(behindOthers, (byte) 'a');
      System.arraycopy(content, 0, behindOthers, 21, content.length);
      assertReads(new Frames().frame(FIN | Opcode.TEXT, behindOthers), "fails 1007");
    }

    /** Autobahn 6.4.1 to 6.4.4: what is wrong already is not waited for. */
    @Test
    void theByteThatIsWrongIsEnough() {
      byte[] wrong = bytes(0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xF4, 0x90, 0x80, 0x80, 'e', 'n', 'd');
      byte[] all = new Frames().frame(Opcode.TEXT, wrong).toBytes();
      Reading reading = Reading.of(Arrays.copyOf(all, 6 + 7), 1, Reading.MAX_MESSAGE);
      assertThat(reading.events()).containsExactly("fails 1007");
    }

    @Test
    void binariesNeedNotBeUtf8() {
      assertReads(new Frames().frame(FIN | Opcode.BINARY, bytes(0xFF, 0xC0)), "BINARY ffc0");
    }

    @Test
    void theValidatorAgreesWithTheJdkOnEveryPairOfBytesAndManyMore() {
      Random random = new Random(7);
      IntStream.range(0, 1 << 16).forEach(pair -> assertAgrees(bytes(pair >> 8, pair & 0xFF)));
      for (int i = 0; i < 200_000; i++) {
        byte[] some = new byte[1 + random.nextInt(12)];
        for (int at = 0; at < some.length; at++) {
          int lead = random.nextInt(4);
          some[at] =
              (byte)
                  (lead == 0
                      ? random.nextInt(128)
                      : lead == 1 ? 0xC0 + random.nextInt(64) : 0x80 + random.nextInt(64));
        }
        assertAgrees(some);
      }
    }

    private void assertAgrees(byte[] some) {
      Utf8Validator validator = new Utf8Validator();
      boolean accepted = validator.accept(some) && validator.end();
      boolean isText = Arrays.equals(utf8(new String(some, StandardCharsets.UTF_8)), some);
      assertThat(accepted).as(Arrays.toString(some)).isEqualTo(isText);
    }
  }

  @Nested
  class Closing {
    /** Autobahn 7.3.1 to 7.3.5. */
    @Test
    void aCloseMayHaveNothingACodeOrAReason() {
      assertReads(new Frames().frame(FIN | Opcode.CLOSE), "CLOSE 1005");
      assertReads(new Frames().close(1000, ""), "CLOSE 1000");
      assertReads(new Frames().close(1000, "bye"), "CLOSE 1000bye");
      assertReads(new Frames().close(1000, "*".repeat(123)), "CLOSE 1000" + "*".repeat(123));
    }

    /** Autobahn 7.3.2. */
    @Test
    void aCloseOfOneByteFails() {
      assertReads(new Frames().frame(FIN | Opcode.CLOSE, (byte) 3), "fails 1002");
    }

    /** Autobahn 7.3.6. */
    @Test
    void aReasonThatIsTooLongFails() {
      assertReads(new Frames().close(1000, "*".repeat(124)), "fails 1002");
    }

    /** Autobahn 7.5.1. */
    @Test
    void aReasonThatIsNoUtf8Fails() {
      assertReads(
          new Frames().frame(FIN | Opcode.CLOSE, bytes(0x03, 0xE8, 0xCE, 0xBA, 0xED, 0xA0, 0x80)),
          "fails 1007");
    }

    /** Autobahn 7.7.1 to 7.7.13. */
    @ParameterizedTest
    @ValueSource(
        ints = {
          1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
          4999
        })
    void codesThatMayBeSent(int code) {
      assertReads(new Frames().close(code, "x"), "CLOSE " + code + "x");
    }

    /** Autobahn 7.9.1 to 7.9.9, 7.13.1, 7.13.2. */
    @ParameterizedTest
    @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535})
    void codesThatMayNot(int code) {
      assertReads(new Frames().close(code, "x"), "fails 1002");
    }
  }
}
