package org.cloudramp.sandbox.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

/**
 * What the chat does, in plain Java and nothing around it: the floor. It decodes the same event and
 * encodes the same broadcast.
 */
public class JavaBenchmark extends Measured {
  private static final int TIME_AND_SEED = 16;

  private byte[] event;

  @Setup
  public void encode() {
    event = BusyRooms.encoded(Guest.CHAT.message());
  }

  @Benchmark
  public byte[] chat() {
    ByteBuffer fields = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
    string(fields);
    string(fields);
    fields.position(fields.position() + TIME_AND_SEED);
    String id = string(fields);
    fields.get(); // text
    byte[] said = (id + ": " + string(fields)).getBytes(UTF_8);
    return ByteBuffer.allocate(1 + 4 + said.length + 4)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) 0)
        .putInt(said.length)
        .put(said)
        .putInt(0)
        .array();
  }

  private static String string(ByteBuffer fields) {
    byte[] utf8 = new byte[fields.getInt()];
    fields.get(utf8);
    return new String(utf8, UTF_8);
  }
}
