package org.cloudramp.sandbox.attack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Thousands of sockets on one thread. Each sends what it is told as fast as the server takes it;
 * what is answered is counted and thrown away, or not read at all.
 */
final class Crowd implements AutoCloseable {
  /** Of those who do not read: little, so that what the server sends stays with the server. */
  private static final int SMALL_WINDOW = 4 << 10;

  /** As much as a close frame takes, and the head of an answer for its first line. */
  private static final int REMEMBERED = 127;

  private final InetSocketAddress server;
  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final List<Member> members = new ArrayList<>();
  private final ByteBuffer incoming = ByteBuffer.allocate(64 << 10);
  private volatile boolean over;

  Crowd(int port) throws IOException {
    server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    selector = Selector.open();
    thread = new Thread(this::run, "crowd");
    thread.setDaemon(true);
    thread.start();
  }

  /** One socket. */
  final class Member {
    private final boolean reads;
    private final Deque<ByteBuffer> outgoing = new ArrayDeque<>();
    private final byte[] first = new byte[REMEMBERED];
    private final byte[] last = new byte[REMEMBERED];
    private SocketChannel channel;
    private SelectionKey key;
    private final AtomicLong received = new AtomicLong();
    private volatile boolean headEnded;
    private final AtomicLong behindHead = new AtomicLong();
    private volatile boolean closed;
    private final AtomicInteger unsent = new AtomicInteger();

    @SuppressWarnings("NullAway.Init") // the crowd's thread connects
    private Member(boolean reads) {
      this.reads = reads;
    }

    /** Sends bytes after those before. They are not copied. */
    Member send(byte[] bytes) {
      unsent.incrementAndGet();
      inTurn(
          () -> {
            outgoing.add(ByteBuffer.wrap(bytes));
            flush();
          });
      return this;
    }

    /** The status of the answer; 0 while there is none. */
    int status() {
      return received.get() < 12
          ? 0
          : Integer.parseInt(new String(first, 9, 3, StandardCharsets.ISO_8859_1));
    }

    /** Whether the server has said something behind the head of its answer, or has closed. */
    boolean isAnswered() {
      return behindHead.get() > 0 || closed;
    }

    /** How many bytes came behind the head of the answer. */
    long behindHead() {
      return behindHead.get();
    }

    boolean isClosed() {
      return closed;
    }

    /** Whether all that was to be sent is with the system, or never will be. */
    boolean isSent() {
      return unsent.get() == 0 || closed;
    }

    /** How it ended, in short: the code of the last frame if that was a close, or the status. */
    String end() {
      if (!closed) {
        return "open";
      }
      for (int length = 2; length <= 125; length++) {
        int at = REMEMBERED - length - 2;
        if (at >= 0 && (last[at] & 0xff) == 0x88 && last[at + 1] == length) {
          return "closed " + ((last[at + 2] & 0xff) << 8 | (last[at + 3] & 0xff));
        }
      }
      return status() == 0
          ? "cut off"
          : status() == 101 ? "cut off in the room" : "status " + status();
    }

    void leave() {
      inTurn(this::close);
    }

    private void connect() {
      try {
        channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        if (!reads) {
          channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_WINDOW);
        }
        channel.connect(server);
        key = channel.register(selector, SelectionKey.OP_CONNECT, this);
      } catch (IOException e) {
        closed = true;
      }
    }

    private void ready() {
      try {
        if (key.isConnectable()) {
          channel.finishConnect();
          key.interestOps(SelectionKey.OP_READ);
          flush();
        } else {
          if (key.isReadable()) {
            read();
          }
          if (key.isValid() && key.isWritable()) {
            flush();
          }
        }
      } catch (IOException e) {
        close();
      }
    }

    private void read() throws IOException {
      incoming.clear();
      // Of one who does not read only the head of the answer, byte by byte.
      incoming.limit(reads ? incoming.capacity() : 1);
      int count = channel.read(incoming);
      if (count < 0) {
        close();
        return;
      }
      incoming.flip();
      for (int i = 0; i < count; i++) {
        byte next = incoming.get(i);
        long position = received.getAndIncrement();
        if (position < REMEMBERED) {
          first[(int) position] = next;
        }
        if (headEnded) {
          behindHead.incrementAndGet();
        }
        if (i >= count - REMEMBERED || !headEnded) {
          System.arraycopy(last, 1, last, 0, REMEMBERED - 1);
          last[REMEMBERED - 1] = next;
        }
        headEnded |=
            !headEnded
                && next == '\n'
                && last[REMEMBERED - 2] == '\r'
                && last[REMEMBERED - 3] == '\n';
      }
      if (headEnded && !reads) {
        key.interestOps(key.interestOps() & ~SelectionKey.OP_READ);
      }
    }

    private void flush() {
      if (closed || channel == null || !channel.isConnected()) {
        return;
      }
      try {
        while (!outgoing.isEmpty()) {
          channel.write(outgoing.element());
          if (outgoing.element().hasRemaining()) {
            key.interestOps(key.interestOps() | SelectionKey.OP_WRITE);
            return;
          }
          outgoing.remove();
          unsent.decrementAndGet();
        }
        key.interestOps(key.interestOps() & ~SelectionKey.OP_WRITE);
      } catch (IOException e) {
        close();
      }
    }

    private void close() {
      closed = true;
      outgoing.clear();
      if (channel != null) {
        try {
          channel.close();
        } catch (IOException e) {
          // It is as closed as it can be.
        }
      }
    }
  }

  /** Connects, and sends the bytes as soon as it is. */
  Member connect(byte[] opening) {
    return add(new Member(true), opening);
  }

  /** The same for one who reads the head of the answer and nothing behind it. */
  Member connectWithoutReading(byte[] opening) {
    return add(new Member(false), opening);
  }

  private Member add(Member member, byte[] opening) {
    members.add(member);
    inTurn(member::connect);
    return member.send(opening);
  }

  /** How many ended how. */
  Map<String, Integer> ends() {
    Map<String, Integer> ends = new TreeMap<>();
    members.forEach(member -> ends.merge(member.end(), 1, Integer::sum));
    return ends;
  }

  private void inTurn(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  private void run() {
    try {
      while (!over) {
        selector.select(key -> ((Member) key.attachment()).ready(), 100);
        Runnable task;
        while ((task = tasks.poll()) != null) {
          task.run();
        }
      }
      for (SelectionKey key : selector.keys()) {
        ((Member) key.attachment()).close();
      }
      selector.close();
    } catch (IOException | ClosedSelectorException e) {
      throw new IllegalStateException("the crowd is lost", e);
    }
  }

  /** Is gone without a word. */
  @Override
  public void close() {
    over = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
