package org.cloudramp.sandbox.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands before servers, as a load balancer does: whoever connects is led to the one that it was
 * told of last. It can break lines. Thread-safe.
 */
final class LineRelay implements AutoCloseable {
  private final ServerSocket door;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile int target;

  /** Leads to this server, until it is told of another. */
  LineRelay(ServerProcess server) {
    leadTo(server);
    try {
      door = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::admit);
  }

  void leadTo(ServerProcess server) {
    target = server.uri().getPort();
  }

  /** Where a room is, by way of it. */
  URI room(String service, String room) {
    return URI.create(
        "ws://127.0.0.1:%d/rooms/%s/%s".formatted(door.getLocalPort(), service, room));
  }

  /** Breaks all lines. */
  void cut() {
    sockets.forEach(LineRelay::end);
  }

  private void admit() {
    try {
      while (true) {
        Socket client = door.accept();
        start(() -> join(client));
      }
    } catch (IOException closed) {
      // by the test
    }
  }

  private void join(Socket client) {
    sockets.add(client);
    try {
      Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
      sockets.add(server);
      start(() -> pass(server, client));
      pass(client, server);
    } catch (IOException nobodyThere) {
      end(client);
    } finally {
      sockets.remove(client);
    }
  }

  /** Until one of them ends, which ends the other. */
  private void pass(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException broken) {
      // as below
    } finally {
      end(from);
      end(to);
      sockets.remove(from);
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "relay");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    door.close();
    cut();
  }
}
