package org.cloudramp.sandbox.core.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.testkit.Wasm.bytes;
import static org.cloudramp.sandbox.testkit.Wasm.codeSection;
import static org.cloudramp.sandbox.testkit.Wasm.concat;
import static org.cloudramp.sandbox.testkit.Wasm.module;
import static org.cloudramp.sandbox.testkit.Wasm.name;
import static org.cloudramp.sandbox.testkit.Wasm.section;
import static org.cloudramp.sandbox.testkit.Wasm.sized;
import static org.cloudramp.sandbox.testkit.Wasm.u32;
import static org.cloudramp.sandbox.testkit.Wasm.vector;

import java.util.stream.IntStream;
import org.cloudramp.sandbox.testkit.Wasm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FunctionNamesTest {
  private static final byte[] NAMES = functions(named(0, "assembly/index/onJoin"), named(7, "f"));

  @Test
  void aModuleThatNamesItsFunctionsIsKnownByTheirNames() {
    FunctionNames names = namesIn(section(0, name("name"), NAMES));

    assertThat(names.of(0)).contains("assembly/index/onJoin");
    assertThat(names.of(7)).contains("f");
    assertThat(names.of(1)).isEmpty();
    assertThat(names.of(-1)).isEmpty();
  }

  @Test
  void otherNamesInTheSectionArePassedOver() {
    byte[] ofModule = concat(bytes(0), sized(name("chat")));
    byte[] ofLocals = concat(bytes(2), sized(bytes(0)));

    assertThat(namesIn(section(0, name("name"), ofModule, NAMES, ofLocals)).of(7)).contains("f");
  }

  @Test
  void otherCustomSectionsNameNothing() {
    FunctionNames names = namesIn(section(0, name("names"), NAMES));

    assertThat(names.bytes()).isZero();
    assertThat(names.of(0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 5, 20, 25, 27})
  void aSectionThatBreaksOffIsNoReasonToRefuseTheModule(int length) {
    byte[] cut = java.util.Arrays.copyOf(NAMES, length);

    assertThat(namesIn(section(0, name("name"), cut)).of(7)).isEmpty();
  }

  @Test
  void namesBeforeAMistakeCanBeRead() {
    byte[] wrong = concat(bytes(1), sized(concat(u32(3), named(0, "first"), bytes(1, 0xff))));

    FunctionNames names = namesIn(section(0, name("name"), wrong));

    assertThat(names.of(0)).contains("first");
    assertThat(names.of(1)).isEmpty();
  }

  @Test
  void whatIsNoUtf8IsReadAllTheSame() {
    byte[] odd = functions(concat(u32(0), sized(bytes(0xff, 'a', 0xc0))));

    assertThat(namesIn(section(0, name("name"), odd)).of(0)).contains("\ufffda\ufffd");
  }

  @Test
  void moreNamesThanAreKeptAreNone() {
    byte[][] many =
        IntStream.range(0, 40_000).mapToObj(i -> named(i, "function" + i)).toArray(byte[][]::new);

    FunctionNames names = namesIn(section(0, name("name"), functions(many)));

    assertThat(names.bytes()).isZero();
    assertThat(names.of(0)).isEmpty();
  }

  private static byte[] named(int index, String name) {
    return concat(u32(index), name(name));
  }

  private static byte[] functions(byte[]... named) {
    return concat(bytes(1), sized(vector(named)));
  }

  private static FunctionNames namesIn(byte[] customSection) {
    byte[] wasm = module(Wasm.TYPE_NOTHING, Wasm.ONE_FUNCTION, codeSection(bytes()), customSection);
    return Upload.check(wasm).names();
  }
}
