package org.cloudramp.sandbox.server.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.websocket.CloseStatus;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.cloudramp.sandbox.server.websocket.WebSocketListener;
import org.cloudramp.sandbox.server.websocket.WebSocketSession;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one member is sent over a socket that takes little at a time. */
@Timeout(60)
class LoopConnectionTest {
  private static final int SMALL = 8 << 10;

  private final EventLoops loops = new EventLoops(1);
  private final EventLoop loop =
      (EventLoop) loops.of(new RoomAddress(new ServiceId("chat"), new RoomId("lobby")));
  private final Socket client;
  private final LoopConnection connection;
  private volatile boolean areAllWanted;

  LoopConnectionTest() throws Exception {
    try (ServerSocket server = new ServerSocket()) {
      server.setReceiveBufferSize(SMALL);
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      SocketChannel channel = SocketChannel.open();
      channel.setOption(StandardSocketOptions.SO_SNDBUF, SMALL);
      channel.connect(server.getLocalSocketAddress());
      channel.configureBlocking(false);
      client = server.accept();
      CompletableFuture<LoopConnection> made = new CompletableFuture<>();
      loop.execute(() -> made.complete(connectionOf(channel)));
      connection = made.get();
    }
  }

  private LoopConnection connectionOf(SocketChannel channel) {
    try {
      return new LoopConnection(
          loop,
          "chat",
          channel,
          new ByteArrayEndPoint(),
          new Conversation(new Listens(), new NoLimit(), SMALL),
          ByteBuffer.allocate(0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void end() throws IOException {
    loops.close();
    client.close();
  }

  /** Lets everything wait. */
  private static final class NoLimit implements BacklogLimit {
    @Override
    public boolean admit(OutgoingFrame message, boolean mustWait) {
      return true;
    }

    @Override
    public void release(OutgoingFrame message) {}

    @Override
    public void relieve() {}
  }

  /** Wants no message that it has not been told to want, until all are wanted. */
  private final class Listens implements WebSocketListener {
    @Override
    public void onOpen(WebSocketSession session) {}

    @Override
    public void onHeard() {}

    @Override
    public void onMessage(Payload.Kind kind, byte[] piece, boolean endsMessage) {
      if (areAllWanted) {
        connection.session.demand();
      }
    }

    @Override
    public void onClosed(CloseStatus status) {}
  }

  /** Frames that together are many times what the slab and the socket take. */
  private static List<OutgoingFrame> frames(int count, int bytes) {
    return IntStream.range(0, count)
        .mapToObj(
            i -> {
              byte[] content = new byte[bytes + i];
              Arrays.fill(content, (byte) i);
              return OutgoingFrame.message(Payload.binary(content));
            })
        .toList();
  }

  private static byte[] bytes(List<OutgoingFrame> frames) {
    ByteBuffer all = ByteBuffer.allocate(frames.stream().mapToInt(OutgoingFrame::size).sum());
    frames.forEach(frame -> frame.writeTo(all, 0));
    return all.array();
  }

  @Test
  void whatIsWrittenInOneRoundArrivesInOrderThoughItIsMoreThanTheSlabAndTheSocketTake()
      throws IOException {
    List<OutgoingFrame> frames = frames(40, 60_000);

    loop.execute(() -> frames.forEach(connection::write));

    assertThat(client.getInputStream().readNBytes(bytes(frames).length)).isEqualTo(bytes(frames));
  }

  @Test
  void whatIsWrittenInManyRoundsWhileTheClientReadsArrivesInOrder() throws IOException {
    List<OutgoingFrame> frames = frames(400, 10_000);
    byte[] expected = bytes(frames);
    ByteArrayOutputStream seen = new ByteArrayOutputStream();

    for (OutgoingFrame frame : frames) {
      loop.execute(() -> connection.write(frame));
      seen.write(client.getInputStream().readNBytes(5_000));
    }
    seen.write(client.getInputStream().readNBytes(expected.length - seen.size()));

    assertThat(seen.toByteArray()).isEqualTo(expected);
  }

  @Test
  void whoeverSaysMoreThanIsReadIsKnownToBeAheadUntilAllIsRead() throws Exception {
    byte[] frame = {(byte) 0x82, (byte) 0x81, 0, 0, 0, 0, 1}; // one byte, masked with nothing
    ByteBuffer frames = ByteBuffer.allocate(3_000 * frame.length);
    while (frames.hasRemaining()) {
      frames.put(frame);
    }
    assertThat(connection.hasMore(later(), 1)).isFalse();

    client.getOutputStream().write(frames.array()); // more than two reads bring
    connection.session.demand(); // for one message, and for no more
    Awaitility.await().until(() -> connection.hasMore(later(), 1));
    assertThat(connection.hasMore(System.nanoTime(), TimeUnit.HOURS.toNanos(1))).isFalse();

    areAllWanted = true;
    connection.session.demand();

    Awaitility.await().until(() -> !connection.hasMore(later(), 1));
  }

  private static long later() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }
}
