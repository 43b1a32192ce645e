/**
 * The contract of engines as one test class. An engine's module extends {@link
 * org.cloudramp.sandbox.testkit.engine.WasmEngineContract} and has nothing else to write. What it
 * consists of is in {@code …Cases}, one file for each concept.
 *
 * <p>Knows the engine SPI and the guests below {@code engine/}. Must not know any engine.
 */
@NullMarked
package org.cloudramp.sandbox.testkit.engine;

import org.jspecify.annotations.NullMarked;
