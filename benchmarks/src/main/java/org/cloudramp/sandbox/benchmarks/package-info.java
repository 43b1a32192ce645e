/**
 * What a hook costs: through the whole sandbox ({@link
 * org.cloudramp.sandbox.benchmarks.HookBenchmark}), as a bare call of an engine ({@link
 * org.cloudramp.sandbox.benchmarks.EngineBenchmark}), in plain Java ({@link
 * org.cloudramp.sandbox.benchmarks.JavaBenchmark}), with keys ({@link
 * org.cloudramp.sandbox.benchmarks.KeysBenchmark}), and in rooms that several servers share ({@link
 * org.cloudramp.sandbox.benchmarks.SharedRoomBenchmark}).
 *
 * <p>Knows the sandbox as an embedder does, and for the bare call the SPI of engines. Trust ratios
 * of one run only: machines differ, and are shared.
 */
@NullMarked
package org.cloudramp.sandbox.benchmarks;

import org.jspecify.annotations.NullMarked;
