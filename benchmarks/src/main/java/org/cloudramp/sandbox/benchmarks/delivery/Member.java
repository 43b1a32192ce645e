package org.cloudramp.sandbox.benchmarks.delivery;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/**
 * One WebSocket that says texts of 64 bytes, a fixed number of them under way. As cheap as
 * possible: the server is to be measured, and both share the processors.
 */
final class Member {
  private static final int TEXT_BYTES = 64;
  private static final int NAME_BYTES = 8;
  private static final int HEADER_BYTES = 6;
  private static final int FRAME_BYTES = HEADER_BYTES + TEXT_BYTES;

  private final SocketChannel channel;
  private final long name;
  private final byte[] frame;
  private final int window;
  private final Latencies latencies;
  private final ArrayDeque<Long> sentAt = new ArrayDeque<>();
  private final ByteBuffer output;

  /** The beginning of a frame whose end has not come yet. */
  private final ByteBuffer cut = ByteBuffer.allocate(4 << 10).limit(0);

  private final SelectionKey key;

  Member(URI uri, int number, int window, Latencies latencies, Selector selector)
      throws IOException {
    this.window = window;
    this.latencies = latencies;
    byte[] text =
        "%08d"
            .formatted(number)
            .repeat(TEXT_BYTES / NAME_BYTES)
            .getBytes(StandardCharsets.US_ASCII);
    this.name = ByteBuffer.wrap(text).getLong();
    // With a mask of zeros, as some clients use it, a text is its own masked form.
    this.frame =
        ByteBuffer.allocate(FRAME_BYTES)
            .put((byte) 0x81)
            .put((byte) (0x80 | TEXT_BYTES))
            .putInt(0)
            .put(text)
            .array();
    this.output = ByteBuffer.allocateDirect(window * FRAME_BYTES).limit(0);
    this.channel = SocketChannel.open(new InetSocketAddress(uri.getHost(), uri.getPort()));
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    shakeHands(uri);
    channel.configureBlocking(false);
    key = channel.register(selector, SelectionKey.OP_READ, this);
  }

  private void shakeHands(URI uri) throws IOException {
    String request =
        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            .formatted(uri.getPath(), uri.getHost(), uri.getPort());
    channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
    StringBuilder answer = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (answer.indexOf("\r\n\r\n") < 0) {
      if (channel.read(one.clear()) < 0) {
        throw new EOFException("the server has not answered the handshake");
      }
      answer.append((char) one.get(0));
    }
    if (!answer.toString().startsWith("HTTP/1.1 101 ")) {
      throw new IOException("the server has refused: " + answer);
    }
  }

  /** Says the first messages. */
  void begin() throws IOException {
    say(window);
  }

  void onReady(ByteBuffer input) throws IOException {
    if (key.isWritable()) {
      write();
    }
    if (key.isReadable()) {
      input.clear().put(cut);
      if (channel.read(input) < 0) {
        throw new EOFException();
      }
      input.flip();
      int heard = hear(input);
      cut.clear().put(input).flip();
      if (heard > 0) {
        say(heard);
      }
    }
  }

  /** Reads frames; gives how many of them were its own. */
  private int hear(ByteBuffer input) throws IOException {
    int own = 0;
    long now = System.nanoTime();
    while (input.remaining() >= 4) {
      int at = input.position();
      int length = input.get(at + 1) & 0x7F;
      int header = 2;
      if (length == 126) {
        length = input.getShort(at + 2) & 0xFFFF;
        header = 4;
      }
      if (input.remaining() < header + length) {
        return own;
      }
      if ((input.get(at) & 0x0F) == 0x8) {
        throw new EOFException("the server has closed");
      }
      if (length == TEXT_BYTES && input.getLong(at + header) == name) {
        own++;
        latencies.add(now - sentAt.remove());
      }
      input.position(at + header + length);
    }
    return own;
  }

  private void say(int count) throws IOException {
    output.compact();
    long now = System.nanoTime();
    for (int i = 0; i < count; i++) {
      output.put(frame);
      sentAt.add(now);
    }
    output.flip();
    write();
  }

  private void write() throws IOException {
    channel.write(output);
    key.interestOps(
        output.hasRemaining()
            ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
            : SelectionKey.OP_READ);
  }
}
