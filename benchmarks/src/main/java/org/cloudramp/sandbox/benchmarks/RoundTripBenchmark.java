package org.cloudramp.sandbox.benchmarks;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.Optional;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One way to Redis and back, with the client that the store uses and nothing of this project: what
 * {@link SharedRoomBenchmark} is to be compared with.
 */
@BenchmarkMode(Mode.SampleTime)
public class RoundTripBenchmark extends Measured {
  /** Of a Redis that is there already; empty for one that is started for this. */
  @Param("")
  public String uri = "";

  private Optional<RedisProcess> own = Optional.empty();
  private RedisClient client;
  private StatefulRedisConnection<String, String> connection;

  @Setup
  public void open() {
    if (uri.isEmpty()) {
      own = Optional.of(RedisProcess.start());
    }
    client = RedisClient.create(RedisURI.create(own.map(RedisProcess::uri).orElse(uri)));
    connection = client.connect();
    String unused =
        connection
            .sync()
            .set("key", "a value of sixty-four bytes, which is what the hooks in question say");
  }

  @TearDown
  public void close() {
    connection.close();
    client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    own.ifPresent(RedisProcess::close);
  }

  /** A read of one key. */
  @Benchmark
  public String read() {
    return connection.sync().get("key");
  }
}
