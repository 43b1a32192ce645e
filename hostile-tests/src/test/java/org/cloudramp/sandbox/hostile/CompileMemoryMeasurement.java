package org.cloudramp.sandbox.hostile;

import static org.cloudramp.sandbox.testkit.Wasm.ONE_FUNCTION;
import static org.cloudramp.sandbox.testkit.Wasm.TYPE_NOTHING;
import static org.cloudramp.sandbox.testkit.Wasm.body;
import static org.cloudramp.sandbox.testkit.Wasm.bytes;
import static org.cloudramp.sandbox.testkit.Wasm.codeSection;
import static org.cloudramp.sandbox.testkit.Wasm.concat;
import static org.cloudramp.sandbox.testkit.Wasm.module;
import static org.cloudramp.sandbox.testkit.Wasm.repeat;
import static org.cloudramp.sandbox.testkit.Wasm.section;
import static org.cloudramp.sandbox.testkit.Wasm.signed;
import static org.cloudramp.sandbox.testkit.Wasm.u32;
import static org.cloudramp.sandbox.testkit.Wasm.vector;
import static org.cloudramp.sandbox.testkit.Wasm.vectorOf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.testkit.engine.GuestThread;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a module takes while it is compiled, and from then on until it is closed: the largest that
 * the gate lets in of several kinds, compiled once each on an engine that has compiled before.
 * Linux only: it reads the resident size from {@code /proc}.
 */
class CompileMemoryMeasurement {
  private static final int COPIES = Integer.getInteger("measure.copies", 2);
  private static final byte[] NO_LOCALS = vector();

  private static Map<String, Supplier<byte[]>> modules() {
    Map<String, Supplier<byte[]>> modules = new LinkedHashMap<>();
    modules.put("a room in Rust", () -> Made.bytes("real/rust.wasm"));
    modules.put("3 MB of nop", () -> functions(25, i -> repeat(119_900, bytes(1))));
    modules.put("19,990 empty functions", () -> functions(19_990, i -> bytes()));
    modules.put("18,000 functions of 20 constants", () -> functions(18_000, i -> constants(i, 20)));
    modules.put("60 functions of 6,000 constants", () -> functions(60, i -> constants(i, 6_000)));
    modules.put(
        "400 functions of arithmetic",
        () -> functions(400, i -> repeat(700, bytes(0x41, 1, 0x41, 2, 0x6a, 0x41, 3, 0x6c, 0x1a))));
    modules.put(
        "400 functions of loads and stores",
        () -> functions(400, i -> repeat(500, bytes(0x41, 0, 0x41, 8, 0x28, 2, 0, 0x36, 2, 4))));
    modules.put("3 MB of data", () -> data(3 << 20));
    modules.put("100,000 elements in a table", () -> elements(100_000));
    return modules;
  }

  private interface Code {
    byte[] of(int function);
  }

  private static byte[] functions(int count, Code code) {
    ByteArrayOutputStream bodies = new ByteArrayOutputStream();
    bodies.writeBytes(u32(count));
    for (int i = 0; i < count; i++) {
      bodies.writeBytes(body(NO_LOCALS, code.of(i)));
    }
    return module(
        TYPE_NOTHING,
        section(3, vectorOf(count, u32(0))),
        section(5, vector(concat(bytes(1), u32(1), u32(1)))),
        section(10, bodies.toByteArray()));
  }

  private static byte[] constants(int function, int count) {
    ByteArrayOutputStream code = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      code.writeBytes(concat(bytes(0x41), signed(0x0800_0000 + function * count + i), bytes(0x1a)));
    }
    return code.toByteArray();
  }

  private static byte[] data(int size) {
    return module(
        section(5, vector(concat(bytes(1), u32(64), u32(64)))),
        section(11, vector(concat(bytes(0, 0x41, 0, 0x0b), u32(size), new byte[size]))));
  }

  private static byte[] elements(int count) {
    return module(
        TYPE_NOTHING,
        ONE_FUNCTION,
        section(4, vector(concat(bytes(0x70, 1), u32(count), u32(count)))),
        section(5, vector(concat(bytes(1), u32(1), u32(1)))),
        section(9, vector(concat(bytes(0, 0x41, 0, 0x0b), vectorOf(count, u32(0))))),
        codeSection(bytes()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"chicory", "endive", "wasmtime"})
  void ofEachKind(String name) throws Exception {
    GuestThread.call(
        () -> {
          try (WasmEngine engine = Engines.start(name)) {
            engine.compile(Engines.gated(Made.bytes("real/rust.wasm"))).close();
            for (Map.Entry<String, Supplier<byte[]>> module : modules().entrySet()) {
              measure(engine, module.getKey(), module.getValue().get());
            }
          }
          return true;
        });
  }

  private static void measure(WasmEngine engine, String what, byte[] wasm) throws Exception {
    byte[] gated = Engines.gated(wasm);
    List<CompiledModule> compiled = new ArrayList<>();
    long heap = heapInUse();
    double metaspace = pools("Metaspace") + pools("Compressed Class Space");
    long resident = status("VmRSS");
    long peak = 0;
    Files.writeString(
        Path.of("/proc/self/clear_refs"), "5"); // the highest resident size begins anew
    for (int copy = 0; copy < COPIES; copy++) {
      long before = heapInUse();
      peak = Math.max(peak, peakWhile(() -> compiled.add(engine.compile(gated))) - before);
    }
    long residentPeak = status("VmHWM") - resident;
    long kept = (heapInUse() - heap) / COPIES;
    double keptMetaspace =
        (pools("Metaspace") + pools("Compressed Class Space") - metaspace) / COPIES;
    Figures.print(
        "%s, %s (%d bytes): heap at most %.1f MB while compiling, then %.2f MB;"
            + " metaspace %.2f MB; resident at most %.1f MB more, then %.1f MB; it says %.2f MB",
        engine.name(),
        what,
        gated.length,
        peak / 1e6,
        kept / 1e6,
        keptMetaspace,
        residentPeak / 1e3,
        (status("VmRSS") - resident) / 1e3 / COPIES,
        compiled.get(0).retainedBytes() / 1e6);
    compiled.forEach(CompiledModule::close);
  }

  /** The most that was in use during the work, as far as collections one after the other see it. */
  private static long peakWhile(Runnable work) throws InterruptedException {
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong most = new AtomicLong();
    Thread collector =
        new Thread(
            () -> {
              while (!done.get()) {
                System.gc();
                most.accumulateAndGet(
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(), Math::max);
              }
            },
            "collector");
    collector.start();
    try {
      work.run();
    } finally {
      done.set(true);
      collector.join();
    }
    return most.get();
  }

  private static long heapInUse() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static double pools(String name) {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getName().startsWith(name))
            .map(MemoryPoolMXBean::getUsage)
            .mapToLong(usage -> usage.getUsed())
            .sum()
        / 1e6;
  }

  /** In kilobytes. */
  private static long status(String line) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(each -> each.startsWith(line))
        .mapToLong(each -> Long.parseLong(each.replaceAll("\\D", "")))
        .sum();
  }
}
