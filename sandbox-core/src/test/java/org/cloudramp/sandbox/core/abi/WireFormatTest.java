package org.cloudramp.sandbox.core.abi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.function.ValueType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireFormatTest {
  private static final List<ValueType<?>> TYPES =
      List.of(
          ValueType.STRING,
          ValueType.BYTES,
          ValueType.BOOL,
          ValueType.I32,
          ValueType.I64,
          ValueType.F64,
          ValueType.DATA,
          ValueType.LIST_OF_STRING,
          ValueType.LIST_OF_LIST_OF_STRING,
          ValueType.OPTIONAL_BYTES,
          ValueType.LIST_OF_OPTIONAL_BYTES);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void readsBackWhateverWasWrittenInAnyMixOfTypes(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      WireWriter writer = new WireWriter();
      List<ValueType<?>> types =
          random.ints(8, 0, TYPES.size()).<ValueType<?>>mapToObj(TYPES::get).toList();
      List<Object> values = types.stream().map(type -> any(type, random)).toList();
      for (int i = 0; i < types.size(); i++) {
        ValueCodec.write(types.get(i), values.get(i), writer);
      }

      WireReader reader = new WireReader(writer.toArray());

      assertThat(types.stream().map(type -> ValueCodec.read(type, reader)).toList())
          .isEqualTo(values);
      assertThat(reader.remaining()).isZero();
    }
  }

  @Test
  void writesLittleEndianWithLengthsInBytes() {
    WireWriter writer = new WireWriter();

    writer.u8(7).i32(1).i64(-2).string("é").data(Payload.text("!"));

    assertThat(writer.toArray())
        .containsExactly(
            7, 1, 0, 0, 0, -2, -1, -1, -1, -1, -1, -1, -1, 2, 0, 0, 0, 0xc3, 0xa9, 0, 1, 0, 0, 0,
            '!');
  }

  @Test
  void readsMissingFieldsAsZeroOrEmpty() {
    WireReader nothing = new WireReader(new byte[0]);

    assertThat(nothing.u8()).isZero();
    assertThat(nothing.i32()).isZero();
    assertThat(nothing.i64()).isZero();
    assertThat(nothing.f64()).isZero();
    assertThat(nothing.string()).isEmpty();
    assertThat(nothing.bytes()).isEqualTo(Bytes.empty());
    assertThat(nothing.data()).isEqualTo(Payload.text(""));
    assertThat(nothing.strings()).isEmpty();
    assertThat(nothing.stringLists()).isEmpty();
  }

  @Test
  void refusesLengthsThatReachBeyondTheRequestWhateverTheyAre() {
    for (int length : new int[] {2, 100, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
      byte[] request = new WireWriter().i32(length).u8('x').toArray();

      assertThatThrownBy(() -> new WireReader(request).string())
          .isInstanceOfSatisfying(
              GuestException.class, e -> assertThat(e.kind()).isEqualTo(GuestException.Kind.ABI))
          .hasMessageContaining(Integer.toUnsignedString(length));
      assertThatThrownBy(() -> new WireReader(request).bytes()).isInstanceOf(GuestException.class);
      assertThatThrownBy(() -> new WireReader(request).strings())
          .isInstanceOf(GuestException.class);
    }
  }

  @Test
  void reservesNoMemoryForAListThatCannotBeThere() {
    byte[] request = new WireWriter().i32(500_000_000).toArray();

    assertThatThrownBy(() -> new WireReader(request).strings())
        .isInstanceOf(GuestException.class)
        .hasMessageContaining("500000000 items");
    assertThatThrownBy(() -> new WireReader(request).stringLists())
        .isInstanceOf(GuestException.class)
        .hasMessageContaining("500000000 items");
  }

  @Test
  void listsOfMoreItemsThanAHostCallMayBringAreRefusedBeforeTheyAreRead() {
    byte[] many = new WireWriter().i32(250_000).toArray();
    byte[] request = Arrays.copyOf(many, 4 + 4 * 250_000); // empty texts

    assertThatThrownBy(() -> new WireReader(request).strings())
        .isInstanceOf(HostFunctionException.class)
        .hasMessageContaining("a list of 250000 items; 16384 are allowed here");
    assertThatThrownBy(() -> new WireReader(request).stringLists())
        .isInstanceOf(HostFunctionException.class)
        .hasMessageContaining("250000");
  }

  @Test
  void theListsOfOneValueMayHaveSoManyItemsTogether() {
    WireWriter writer = new WireWriter();
    List<String> half = Collections.nCopies(8_000, "");
    byte[] fits = writer.stringLists(List.of(half, half)).toArray();
    byte[] tooMany = new WireWriter().stringLists(List.of(half, half, half)).toArray();

    assertThat(new WireReader(fits).stringLists()).hasSize(2);
    assertThatThrownBy(() -> new WireReader(tooMany).stringLists())
        .isInstanceOf(HostFunctionException.class);
  }

  @Test
  void takesNoMemoryForWhatIsBeyondALimit() {
    WireWriter writer = new WireWriter().limitTo(1_000).string("x".repeat(900));

    assertThatThrownBy(() -> writer.strings(Collections.nCopies(1_000_000, "y".repeat(50))))
        .isInstanceOfSatisfying(
            HostFunctionException.class,
            e -> assertThat(e.code()).isEqualTo(HostFunctionException.LIMIT))
        .hasMessageContaining("1000 bytes");
    assertThat(writer.size()).isLessThanOrEqualTo(1_000);
    assertThat(writer.clear().string("z".repeat(2_000)).size()).isEqualTo(2_004);
  }

  @Test
  void refusesFieldsThatAreCutOff() {
    assertThatThrownBy(() -> new WireReader(new byte[] {1, 2, 3}).i32())
        .isInstanceOf(GuestException.class)
        .hasMessageContaining("cut off");
    assertThatThrownBy(() -> new WireReader(new byte[7]).i64()).isInstanceOf(GuestException.class);
  }

  @Test
  void refusesDataThatIsNeitherTextNorBinary() {
    assertThatThrownBy(() -> new WireReader(new byte[] {2, 0, 0, 0, 0}).data())
        .isInstanceOf(GuestException.class)
        .hasMessageContaining("kind 2");
  }

  @Test
  void replacesMalformedUtf8() {
    byte[] request =
        new WireWriter().bytes(Bytes.copyOf(new byte[] {'a', (byte) 0xff, 'b'})).toArray();

    assertThat(new WireReader(request).string()).isEqualTo("a\uFFFDb");
    byte[] text =
        new WireWriter().u8(0).bytes(Bytes.copyOf(new byte[] {'a', (byte) 0xff})).toArray();
    assertThat(new WireReader(text).data()).isEqualTo(Payload.text("a\uFFFD"));
  }

  @Test
  void readsNothingOfWhatALongerRequestHasLeftInTheBuffer() {
    byte[] buffer = new WireWriter().string("a long request of somebody").i32(7).toArray();
    WireReader reader = new WireReader(buffer);
    assertThat(reader.string()).startsWith("a long");
    byte[] next = new WireWriter().u8(1).toArray();
    System.arraycopy(next, 0, buffer, 0, next.length);

    reader.restart(buffer, next.length);

    assertThat(reader.whole()).isEqualTo(Bytes.copyOf(next));
    assertThat(reader.u8()).isEqualTo(1);
    assertThat(reader.remaining()).isZero();
    assertThat(reader.i64()).isZero();
    assertThat(reader.string()).isEmpty();
  }

  @Test
  void replacesMalformedUtf8WhereverItIsInAText() {
    for (int length = 1; length <= 20; length++) {
      for (int at = 0; at < length; at++) {
        byte[] content = "abcdefghijklmnopqrst".substring(0, length).getBytes(UTF_8);
        content[at] = (byte) 0xff;
        byte[] request = new WireWriter().u8(0).bytes(Bytes.copyOf(content)).toArray();

        assertThat(new WireReader(request).data())
            .isEqualTo(Payload.text(new String(content, UTF_8)));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void readsNoiseOnlyAsValuesOrAsABrokenRequest(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] noise = new byte[random.nextInt(24)];
      random.nextBytes(noise);
      // Small numbers make lengths that nearly fit.
      for (int i = 0; i < noise.length; i++) {
        noise[i] = random.nextInt(3) == 0 ? noise[i] : (byte) (noise[i] & 3);
      }
      WireReader reader = new WireReader(noise);
      try {
        for (int field = 0; field < 6; field++) {
          ValueCodec.read(TYPES.get(random.nextInt(TYPES.size())), reader);
        }
      } catch (GuestException e) {
        assertThat(e.kind()).isEqualTo(GuestException.Kind.ABI);
      }
    }
  }

  private static Object any(ValueType<?> type, Random random) {
    return switch (type.layout()) {
      case STRING -> anyString(random);
      case BYTES -> anyBytes(random);
      case BOOL -> random.nextBoolean();
      case I32 -> random.nextInt();
      case I64 -> random.nextLong();
      case F64 -> random.nextGaussian();
      case DATA ->
          random.nextBoolean()
              ? Payload.text(anyString(random))
              : new Payload(Payload.Kind.BINARY, anyBytes(random));
      case LIST_OF_STRING -> anyStrings(random);
      case LIST_OF_LIST_OF_STRING ->
          random.ints(random.nextInt(4)).mapToObj(i -> anyStrings(random)).toList();
      case OPTIONAL_BYTES -> Optional.of(anyBytes(random)).filter(b -> random.nextBoolean());
      case LIST_OF_OPTIONAL_BYTES ->
          random
              .ints(random.nextInt(4))
              .mapToObj(i -> Optional.of(anyBytes(random)).filter(b -> random.nextBoolean()))
              .toList();
    };
  }

  private static List<String> anyStrings(Random random) {
    return random.ints(random.nextInt(4)).mapToObj(i -> anyString(random)).toList();
  }

  private static String anyString(Random random) {
    String[] parts = {"", "a", ",", "é", "😀", "\u0000", "\n", "漢字", "\uFFFD"};
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(5); i > 0; i--) {
      text.append(parts[random.nextInt(parts.length)]);
    }
    return new String(text.toString().getBytes(UTF_8), UTF_8);
  }

  private static Bytes anyBytes(Random random) {
    byte[] content = new byte[random.nextInt(600)];
    random.nextBytes(content);
    return Bytes.adopt(Arrays.copyOf(content, content.length));
  }
}
