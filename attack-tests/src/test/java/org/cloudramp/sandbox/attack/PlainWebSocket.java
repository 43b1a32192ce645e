package org.cloudramp.sandbox.attack;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A client of a room that costs next to nothing: a socket, and the thread that reads from it. */
final class PlainWebSocket implements AutoCloseable {
  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final OutputStream out;

  /** Joins a room; every wait, here and in {@link #next}, ends after {@code patience}. */
  PlainWebSocket(int port, String service, String room, Duration patience) throws IOException {
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) patience.toMillis());
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) patience.toMillis());
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      out = socket.getOutputStream();
      out.write(WebSocketBytes.handshake(port, service, room));
      readHead();
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private void readHead() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("closed while it answered: " + head);
      }
      head.append((char) next);
    }
    if (!head.toString().startsWith("HTTP/1.1 101 ")) {
      throw new IOException("refused: " + head.substring(0, head.indexOf("\r\n")));
    }
  }

  void say(String text) throws IOException {
    out.write(WebSocketBytes.frame(WebSocketBytes.TEXT, text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The next message; waits for it.
   *
   * @throws IOException if the connection is closed; the message says with which code
   */
  String next() throws IOException {
    while (true) {
      int opCode = in.readUnsignedByte() & 0x0f;
      byte[] payload = new byte[length(in.readUnsignedByte())];
      in.readFully(payload);
      if (opCode == WebSocketBytes.CLOSE) {
        int code = payload.length < 2 ? 1005 : (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
        throw new IOException(
            "closed with %d %s"
                .formatted(
                    code,
                    new String(
                        payload,
                        Math.min(2, payload.length),
                        Math.max(0, payload.length - 2),
                        StandardCharsets.UTF_8)));
      }
      if (opCode == WebSocketBytes.PING) {
        out.write(WebSocketBytes.frame(WebSocketBytes.PONG, payload));
      } else if (opCode == WebSocketBytes.TEXT) {
        return new String(payload, StandardCharsets.UTF_8);
      }
    }
  }

  private int length(int first) throws IOException {
    return switch (first) {
      case 126 -> in.readUnsignedShort();
      case 127 -> Math.toIntExact(in.readLong());
      default -> first;
    };
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
