package org.cloudramp.sandbox.server.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.eclipse.jetty.io.EndPoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket of one WebSocket, which the loop itself looks after.
 *
 * <p>While nothing waits, a frame that is written goes to the {@link Slab}, and all frames of a
 * round to the socket at its end. What the socket does not take waits in the {@link Backlog}, and
 * everything behind it as well. Of what is read and not taken, no more is kept than one read
 * brings.
 */
final class LoopConnection extends LoopMember {
  private static final Logger log = LoggerFactory.getLogger(LoopConnection.class);

  private static final OutgoingFrame[] NONE = {};

  private final SocketChannel channel;
  private final SelectionKey key;

  // What is in the slab for this connection: frames, and where they are. Most often that is one
  // range.
  private OutgoingFrame[] placed = NONE;
  private int[] ranges = new int[4];
  private int frames;
  private int ends;

  /**
   * Takes a socket over.
   *
   * @param read what was read of it before
   */
  LoopConnection(
      EventLoop loop,
      SocketChannel channel,
      EndPoint endPoint,
      Conversation conversation,
      ByteBuffer read)
      throws IOException {
    super(loop, endPoint, conversation, read);
    this.channel = channel;
    this.key = channel.register(loop.selector(), 0, this);
  }

  // Reading.

  /** The socket can be read or written. */
  void onReady(int ready, ByteBuffer input) {
    try {
      if ((ready & SelectionKey.OP_WRITE) != 0) {
        writeBacklog();
      }
      if ((ready & SelectionKey.OP_READ) != 0 && !gone) {
        read(input.clear());
      }
    } catch (IOException e) {
      log.debug("a connection broke", e);
      broken();
    }
  }

  private void read(ByteBuffer input) throws IOException {
    if (!isOutputShut && !session.wants()) {
      interest(SelectionKey.OP_READ, false); // until it does
      return;
    }
    int size = channel.read(input);
    if (size < 0) {
      broken();
    } else if (isOutputShut) {
      ignore(size);
    } else {
      session.received(input.flip());
      if (input.hasRemaining() && !gone && !finishing) {
        rest = ByteBuffer.allocate(input.remaining()).put(input).flip();
        interest(SelectionKey.OP_READ, false);
      }
    }
  }

  /** Goes on with what was read before. */
  @Override
  void goOn() {
    ByteBuffer bytes = rest;
    if (gone || bytes == null) {
      return;
    }
    session.received(bytes);
    if (!bytes.hasRemaining()) {
      rest = null;
      if (!gone && session.wants()) {
        interest(SelectionKey.OP_READ, true);
      }
    }
  }

  @Override
  public void resume() {
    if (gone) {
      return;
    }
    if (rest != null) {
      loop.goOnWith(this);
    } else {
      interest(SelectionKey.OP_READ, true);
    }
  }

  private void interest(int operation, boolean on) {
    int now = key.interestOps();
    int wanted = on ? now | operation : now & ~operation;
    if (wanted != now) {
      key.interestOps(wanted);
    }
  }

  // Writing.

  @Override
  public void write(OutgoingFrame frame) {
    if (gone || finishing) {
      return;
    }
    Slab slab = loop.slab();
    if (backlog.isEmpty() && !slab.isFlushing() && frame.size() <= Slab.MAX_FRAME) {
      place(frame, slab.place(frame));
      return;
    }
    flush(); // what is in the slab comes first
    if (!gone) {
      boolean unused = backlog.add(frame, 0);
      enqueued();
    }
  }

  private void place(OutgoingFrame frame, int at) {
    if (frames == 0) {
      loop.slab().receiver(this);
    }
    if (frames == placed.length) {
      placed = Arrays.copyOf(placed, Math.max(4, 2 * frames));
    }
    placed[frames++] = frame;
    if (ends > 0 && ranges[ends - 1] == at) {
      ranges[ends - 1] = at + frame.size();
      return;
    }
    if (ends + 2 > ranges.length) {
      ranges = Arrays.copyOf(ranges, 2 * ranges.length);
    }
    ranges[ends++] = at;
    ranges[ends++] = at + frame.size();
  }

  /** Writes what is in the slab for it; what the socket does not take waits. */
  void flush() {
    if (frames == 0) {
      return;
    }
    if (!gone) {
      try {
        enqueueFrom(writeRanges());
      } catch (IOException e) {
        log.debug("a connection broke", e);
        forgetPlaced();
        broken();
      }
    }
    forgetPlaced();
    finishIfDone();
  }

  /** Writes until all is out or the socket takes no more; gives how much is out. */
  private long writeRanges() throws IOException {
    Slab slab = loop.slab();
    if (ends == 2) {
      slab.countWrite();
      return channel.write(slab.window(ranges[0], ranges[1]));
    }
    long written = 0;
    ByteBuffer scratch = slab.scratch();
    for (int i = 0; i < ends; i += 2) {
      ByteBuffer range = slab.window(ranges[i], ranges[i + 1]);
      while (range.hasRemaining()) {
        int size = Math.min(range.remaining(), scratch.remaining());
        scratch.put(range.slice(range.position(), size));
        range.position(range.position() + size);
        if (!scratch.hasRemaining() || (i + 2 == ends && !range.hasRemaining())) {
          scratch.flip();
          slab.countWrite();
          written += channel.write(scratch);
          if (scratch.hasRemaining()) {
            return written;
          }
          scratch.clear();
        }
      }
    }
    return written;
  }

  private void enqueueFrom(long written) {
    long left = written;
    int first = 0;
    while (first < frames && left >= placed[first].size()) {
      left -= placed[first++].size();
    }
    if (first == frames) {
      return;
    }
    // A frame that may not wait closes the connection, and the close frame is not to find these.
    OutgoingFrame[] waiting = Arrays.copyOfRange(placed, first, frames);
    forgetPlaced();
    boolean mayWait = backlog.add(waiting[0], (int) left);
    for (int i = 1; i < waiting.length && mayWait; i++) {
      mayWait = backlog.add(waiting[i], 0);
    }
    enqueued();
  }

  private void forgetPlaced() {
    Arrays.fill(placed, 0, frames, null);
    frames = 0;
    ends = 0;
  }

  private void enqueued() {
    if (gone) {
      return;
    }
    behindSince = backlog.since();
    if (!backlog.isEmpty()) {
      interest(SelectionKey.OP_WRITE, true);
    }
    backlog.added();
  }

  private void writeBacklog() throws IOException {
    ByteBuffer scratch = loop.slab().scratch();
    while (!backlog.isEmpty()) {
      backlog.writeTo(scratch);
      scratch.flip();
      loop.slab().countWrite();
      int written = channel.write(scratch);
      boolean isFull = scratch.hasRemaining();
      backlog.sent(written);
      if (isFull) {
        behindSince = backlog.since();
        return;
      }
      scratch.clear();
    }
    behindSince = 0;
    interest(SelectionKey.OP_WRITE, false);
    session.caughtUp();
    finishIfDone();
  }

  @Override
  public boolean isBehind() {
    return !backlog.isEmpty();
  }

  @Override
  public void dropWaiting() {
    backlog.dropWaiting();
    behindSince = backlog.since();
  }

  // The end.

  @Override
  public void finish() {
    finishing = true;
    rest = null;
    finishIfDone();
  }

  private void finishIfDone() {
    if (!finishing || isOutputShut || gone || frames > 0 || !backlog.isEmpty()) {
      return;
    }
    linger();
    try {
      channel.shutdownOutput();
      interest(SelectionKey.OP_READ, true);
    } catch (IOException | CancelledKeyException e) {
      log.debug("a connection broke", e);
      broken();
    }
  }

  @Override
  void leaveLoop() {
    key.cancel();
  }
}
