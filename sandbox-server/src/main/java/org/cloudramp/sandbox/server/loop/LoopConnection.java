package org.cloudramp.sandbox.server.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.eclipse.jetty.io.EndPoint;
import org.jspecify.annotations.Nullable;
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

  /** As much waits no longer after one turn; a socket may take megabytes, and others wait. */
  private static final int WRITE_BYTES = 256 << 10;

  private final SocketChannel channel;
  private final SelectionKey key;

  /** What the socket can do, by the operations of its key. */
  private int ready;

  /** What is in the slab for this connection; null if nothing is. */
  private @Nullable Placed placed;

  /**
   * Takes a socket over.
   *
   * @param owner whose it is
   * @param read what was read of it before
   */
  LoopConnection(
      EventLoop loop,
      Object owner,
      SocketChannel channel,
      EndPoint endPoint,
      Conversation conversation,
      ByteBuffer read)
      throws IOException {
    super(loop, owner, endPoint, conversation, read);
    this.channel = channel;
    this.key = channel.register(loop.selector(), 0, this);
  }

  // Reading.

  /** The socket can be read or written, and will be. */
  void isReadyFor(int operations) {
    ready |= operations;
  }

  @Override
  void serve() {
    int operations = ready;
    ready = 0;
    if (gone) {
      return;
    }
    try {
      if ((operations & SelectionKey.OP_WRITE) != 0) {
        writeBacklog();
      }
      ByteBuffer before = rest;
      if (before != null) {
        goOn(before);
      } else if ((operations & SelectionKey.OP_READ) != 0 && !gone) {
        read(loop.input());
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
    hasRead(input.hasRemaining());
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
  private void goOn(ByteBuffer bytes) {
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
      int at = slab.place(frame);
      if (gone) {
        return;
      }
      if (backlog.isEmpty()) { // the slab was full, perhaps, and the socket too
        place(frame, at);
        return;
      }
    }
    flush(); // what is in the slab comes first
    if (!gone) {
      boolean unused = backlog.add(frame, 0);
      enqueued();
    }
  }

  private void place(OutgoingFrame frame, int at) {
    Placed here = placed;
    if (here == null) {
      here = loop.slab().receiver(this);
      placed = here;
    }
    here.add(frame, at);
  }

  /** Writes what is in the slab for it; what the socket does not take waits. */
  void flush() {
    Placed here = placed;
    if (here == null) {
      return;
    }
    placed = null;
    if (!gone) {
      try {
        enqueueFrom(here, write(here));
      } catch (IOException e) {
        log.debug("a connection broke", e);
        broken();
      }
    }
    loop.slab().giveBack(here);
    finishIfDone();
  }

  /** Writes until all is out or the socket takes no more; gives how much is out. */
  private long write(Placed here) throws IOException {
    Slab slab = loop.slab();
    if (here.ranges() == 1) {
      slab.countWrite();
      return channel.write(slab.window(here.begin(0), here.end(0)));
    }
    long written = 0;
    ByteBuffer scratch = slab.scratch();
    for (int i = 0; i < here.ranges(); i++) {
      ByteBuffer range = slab.window(here.begin(i), here.end(i));
      while (range.hasRemaining()) {
        int size = Math.min(range.remaining(), scratch.remaining());
        scratch.put(range.slice(range.position(), size));
        range.position(range.position() + size);
        boolean isLast = i + 1 == here.ranges() && !range.hasRemaining();
        if (!scratch.hasRemaining() || isLast) {
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

  private void enqueueFrom(Placed here, long written) {
    long left = written;
    int next = 0;
    while (next < here.frames() && left >= here.frame(next).size()) {
      left -= here.frame(next++).size();
    }
    if (next == here.frames()) {
      return;
    }
    // If one may not wait, the connection is being closed, and those behind it are dropped.
    boolean mayWait = backlog.add(here.frame(next++), (int) left);
    while (next < here.frames() && mayWait) {
      mayWait = backlog.add(here.frame(next++), 0);
    }
    enqueued();
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
    int sent = 0;
    while (!backlog.isEmpty()) {
      if (sent >= WRITE_BYTES) {
        behindSince = backlog.since();
        return; // it is still ready, and has its turn again
      }
      backlog.writeTo(scratch);
      scratch.flip();
      loop.slab().countWrite();
      int written = channel.write(scratch);
      boolean isFull = scratch.hasRemaining();
      backlog.sent(written);
      sent += written;
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
    if (!finishing || isOutputShut || gone || placed != null || !backlog.isEmpty()) {
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
