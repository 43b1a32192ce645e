package org.cloudramp.sandbox.testkit.servers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * A real S3 server, in a process of its own, that forgets everything when it ends. It accepts the
 * credentials that the build puts into the system properties.
 */
public final class S3Proxy implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Path folder;
  private final Process process;
  private final URI endpoint;
  private final S3Client client;

  private S3Proxy(Path folder, Process process, URI endpoint) {
    this.folder = folder;
    this.process = process;
    this.endpoint = endpoint;
    this.client =
        S3Client.builder()
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .endpointOverride(endpoint)
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .build();
  }

  /** Starts a server and waits until it listens. */
  public static S3Proxy start() {
    try {
      int port = Ports.free();
      Path folder = Files.createTempDirectory("s3proxy-");
      Properties settings = new Properties();
      settings.setProperty("s3proxy.endpoint", "http://127.0.0.1:" + port);
      settings.setProperty("s3proxy.authorization", "aws-v2-or-v4");
      settings.setProperty("s3proxy.identity", System.getProperty("aws.accessKeyId"));
      settings.setProperty("s3proxy.credential", System.getProperty("aws.secretAccessKey"));
      settings.setProperty("jclouds.provider", "transient-nio2");
      settings.setProperty("jclouds.identity", "unused");
      settings.setProperty("jclouds.credential", "unused");
      Path file = folder.resolve("s3proxy.conf");
      try (BufferedWriter out = Files.newBufferedWriter(file)) {
        settings.store(out, null);
      }
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-Xmn32m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1", // it lives for a minute, beside the tests
                  "-jar",
                  System.getProperty("s3proxy.jar"),
                  "--properties",
                  file.toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("s3proxy.log").toFile())
              .start();
      awaitListening(process, port, folder);
      return new S3Proxy(folder, process, URI.create("http://127.0.0.1:" + port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public URI endpoint() {
    return endpoint;
  }

  /** A client of the tests' own, to look and change behind the store's back. */
  public S3Client client() {
    return client;
  }

  @Override
  public void close() {
    client.close();
    process.destroyForcibly();
    try {
      process.waitFor();
      Files.delete(folder.resolve("s3proxy.log"));
      Files.delete(folder.resolve("s3proxy.conf"));
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void awaitListening(Process process, int port, Path folder) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertThat(socket.isConnected()).isTrue();
        return;
      } catch (IOException notYet) {
        assertThat(process.isAlive() && System.nanoTime() - deadline < 0)
            .as(() -> "the S3 server of the tests does not start: " + log(folder))
            .isTrue();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      }
    }
  }

  private static String log(Path folder) {
    try {
      return Files.readString(folder.resolve("s3proxy.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
