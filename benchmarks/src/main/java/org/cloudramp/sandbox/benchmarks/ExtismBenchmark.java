package org.cloudramp.sandbox.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.extism.sdk.chicory.Manifest;
import org.extism.sdk.chicory.ManifestWasm;
import org.extism.sdk.chicory.Plugin;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

/**
 * The chat as a plug-in of Extism's SDK for Chicory, on the same Chicory and compiled: what a
 * general plug-in system takes for one call, beside {@link EngineBenchmark}. It decodes less, a
 * sender and a text, and nothing is limited or put back.
 */
public class ExtismBenchmark extends Measured {
  private Plugin plugin;
  private byte[] input;

  @Setup
  public void open() {
    Manifest manifest =
        Manifest.ofWasms(ManifestWasm.fromBytes(Guest.wasm("by-hand/extism")).build())
            .withOptions(new Manifest.Options().withAoT())
            .build();
    plugin = Plugin.ofManifest(manifest).build();
    byte[] id = BusyRooms.SENDER.value().getBytes(UTF_8);
    byte[] text = Guest.CHAT.message().bytes().toArray();
    input =
        ByteBuffer.allocate(Integer.BYTES + id.length + text.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(id.length)
            .put(id)
            .put(text)
            .array();
    String expected = BusyRooms.SENDER.value() + ": " + Guest.CHAT.message().text();
    if (!expected.equals(new String(call(), UTF_8))) {
      throw new IllegalStateException("the plug-in does not answer as the chat does");
    }
  }

  @Benchmark
  public byte[] call() {
    return plugin.call("onMessage", input);
  }
}
