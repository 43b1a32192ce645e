package org.cloudramp.sandbox.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class BytesTest {
  @Test
  void aReadOnlyBufferShowsAllBytesAndDoesNotLetThemBeChanged() {
    Bytes bytes = Bytes.utf8("abc");

    ByteBuffer first = bytes.asReadOnlyBuffer();
    first.get();

    assertThat(first.isReadOnly()).isTrue();
    assertThat(first.hasArray()).isFalse();
    assertThat(bytes.asReadOnlyBuffer()).isEqualTo(ByteBuffer.wrap(bytes.toArray()));
  }
}
