package org.cloudramp.sandbox.server;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Somebody who joins a room, says something and leaves. It knows of WebSockets just what it needs
 * to write, and takes what it reads for whatever the server says. One thread.
 */
final class Visitor {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int NORMAL = 1000;
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;
  private static final int MASK = 4;

  private final InetSocketAddress server;
  private final byte[] handshake;
  private final byte[] says;
  private final byte[] farewell;

  Visitor(InetSocketAddress server, String path) {
    this.server = server;
    // Any sixteen bytes are a key: it only shows that the server has read it.
    this.handshake =
        ascii(
            """
            GET %s HTTP/1.1\r
            Host: localhost:%d\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r
            Sec-WebSocket-Version: 13\r
            \r
            """
                .formatted(path, server.getPort()));
    this.says = frame(TEXT, ascii("Is this the way in?"));
    this.farewell = frame(CLOSE, new byte[] {NORMAL >> 8, (byte) NORMAL});
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** A short frame under a mask of zeros, which leaves it as it is. */
  private static byte[] frame(int opcode, byte[] content) {
    byte[] frame = new byte[2 + MASK + content.length];
    frame[0] = (byte) (FINAL | opcode);
    frame[1] = (byte) (MASKED | content.length);
    System.arraycopy(content, 0, frame, 2 + MASK, content.length);
    return frame;
  }

  /**
   * One visit, to its end.
   *
   * @throws IOException if the visitor was not let in, or waited for too long
   */
  void visit() throws IOException {
    try (Socket socket = new Socket()) {
      int patience = (int) PATIENCE.toMillis();
      socket.setSoTimeout(patience);
      socket.setTcpNoDelay(true);
      socket.connect(server, patience);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      out.write(handshake);
      readHead(in);
      out.write(says);
      out.write(farewell);
      readToTheEnd(in);
    }
  }

  private static void readHead(InputStream in) throws IOException {
    int newlines = 0;
    while (newlines < 2) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the connection ended in the head of the answer");
      }
      if (next == '\n') {
        newlines++;
      } else if (next != '\r') {
        newlines = 0;
      }
    }
  }

  /** The server says what it says, answers the farewell, and ends the connection. */
  private static void readToTheEnd(InputStream in) throws IOException {
    byte[] unread = new byte[256];
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (in.read(unread) >= 0) {
      if (System.nanoTime() > deadline) {
        throw new SocketTimeoutException("the server did not end the connection");
      }
    }
  }
}
