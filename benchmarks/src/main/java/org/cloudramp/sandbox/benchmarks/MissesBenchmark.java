package org.cloudramp.sandbox.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Operator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One message at a time to services that are more than there are slots: what it costs on average
 * and at worst that some have to come back, with their code kept and without.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 4, time = 3)
public class MissesBenchmark extends Measured {
  @Param({"chicory", "wasmtime"})
  public String engine = "chicory";

  /** How many services for how many slots. */
  public enum Crowd {
    TEN_IN_SEVEN(10, 7),
    THOUSAND_IN_64(1_000, 64);

    private final int services;
    private final int slots;

    Crowd(int services, int slots) {
      this.services = services;
      this.slots = slots;
    }
  }

  @Param public Crowd crowd = Crowd.TEN_IN_SEVEN;

  /** Whether compiled code outlives its slot. */
  @Param({"none", "kept"})
  public String code = "kept";

  private CrowdedTable table;
  private Payload message;
  private long messages;
  private long processorBefore;

  @Setup
  public void open() {
    Map<String, String> settings = new HashMap<>();
    settings.put("engine", engine);
    settings.put("slots", Integer.toString(crowd.slots));
    if (code.equals("none")) {
      settings.put("codeMemory", "0");
      settings.put("warmUp", "0s");
    } else {
      settings.put("codeMemory", "1GiB");
    }
    settings.put("guestMemory", "2GiB");
    table = new CrowdedTable(Guest.CHAT.wasm(), crowd.services, settings);
    message = Guest.CHAT.message();
    processorBefore = processorNanos();
  }

  /** Of all threads, the JVM's own compilers included. */
  private static long processorNanos() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  /** Says what no mode of measuring tells: how many compiles there were, and what they cost. */
  @TearDown
  public void close() {
    Operator.KeptCode kept = table.keptCode();
    System.out.printf(
        "%d messages, %d µs of a processor each, warm-up of the benchmark included; %d loads found the code of their version, %d compiled; kept: %d versions, %d KiB%n",
        messages,
        (processorNanos() - processorBefore) / 1_000 / Math.max(1, messages),
        kept.hits(),
        kept.misses(),
        kept.versions(),
        kept.bytes() >> 10);
    table.close();
  }

  @Benchmark
  public HookResult dispatchAndWait() {
    messages++;
    return table.say(message);
  }
}
