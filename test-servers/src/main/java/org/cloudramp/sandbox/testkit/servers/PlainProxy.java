package org.cloudramp.sandbox.testkit.servers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A reverse proxy of this machine, as many stand in front of servers: it asks the server at its
 * loopback address, in its own name, and passes on what it is sent. It says nothing of where a
 * request comes from, unless it is told to. One request at a time; no WebSockets.
 */
public final class PlainProxy implements AutoCloseable {
  private final Map<String, String> adds;
  private final HttpServer proxy;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpClient client = HttpClient.newBuilder().executor(threads).build();
  private final Forwarding forwarding;

  private PlainProxy(URI server, Map<String, String> adds) throws IOException {
    this.forwarding = new Forwarding(server, client);
    this.adds = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    this.adds.putAll(adds);
    proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    proxy.createContext("/", this::forward);
    proxy.start();
  }

  /**
   * Stands in front of a server.
   *
   * @param adds headers that it sets in each request, in the place of those that it was sent
   */
  public static PlainProxy before(URI server, Map<String, String> adds) {
    try {
      return new PlainProxy(server, adds);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + proxy.getAddress().getPort() + "/");
  }

  private void forward(HttpExchange exchange) throws IOException {
    try {
      Forwarding.answer(exchange, forwarding.ask(exchange, this::isPassedOn, adds));
    } finally {
      exchange.close();
    }
  }

  /** It asks in its own name. */
  private boolean isPassedOn(String header) {
    return !header.equalsIgnoreCase("Host") && !adds.containsKey(header);
  }

  @Override
  public void close() {
    proxy.stop(0);
    threads.shutdownNow();
  }
}
