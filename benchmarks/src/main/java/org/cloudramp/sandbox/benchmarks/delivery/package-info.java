/**
 * What it costs a server to deliver a message in a room where everybody hears everything. {@link
 * org.cloudramp.sandbox.benchmarks.delivery.DeliveryBenchmark} starts servers, {@link
 * org.cloudramp.sandbox.benchmarks.delivery.LoadGenerator} is their clients, in a process of its
 * own.
 *
 * <p>Knows a server as its clients do, by its URL, and as the system does, by its process.
 */
@NullMarked
package org.cloudramp.sandbox.benchmarks.delivery;

import org.jspecify.annotations.NullMarked;
