package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.Submission;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket in one room, from its join to its leave.
 *
 * <ol>
 *   <li>Nothing is read from the client before {@code onJoin} has let it in.
 *   <li>What it sends is queued in the order in which it came. While a message waits for a place in
 *       the room's queue, or too many of this connection have not run yet, nothing is read: the
 *       client feels it as a connection that takes no more.
 *   <li>A connection that was let in leaves exactly once, after those of its messages that were
 *       queued; one that was not let in never leaves.
 * </ol>
 *
 * Frames come from the threads of the server, one at a time; the ends of hooks, and what guests
 * send, from the threads of the sandbox. No method waits.
 */
final class RoomSocket implements FrameHandler, RoomConnection, Watched {
  private static final Logger log = LoggerFactory.getLogger(RoomSocket.class);

  /**
   * What all sockets of a server share.
   *
   * @param sandbox runs the hooks
   * @param open the sockets that are there; each adds and removes itself
   */
  record Environment(
      Sandbox sandbox,
      Rooms rooms,
      SharedContent content,
      UnfinishedMessages unfinished,
      ServerSettings settings,
      Set<RoomSocket> open) {}

  private enum State {
    /** {@code onJoin} has not answered yet. */
    JOINING,
    /** In the room. */
    JOINED,
    /** Was not let in, or is on its way out. */
    OVER
  }

  private final RoomAddress address;
  private final ConnectionId id;
  private final Environment environment;
  private final MessageAssembler assembler;
  private final CompletableFuture<Void> gone = new CompletableFuture<>();

  // Set when the connection opens, before anybody else knows of it.
  private CoreSession session;
  private Outbox outbox;

  /** When the client was last heard, or was first listened to again; as of System.nanoTime. */
  private volatile long heard = System.nanoTime();

  /** Whether there has been no sign of life since the last ping. */
  private volatile boolean pinged;

  /** Whether the last ping has had no answer for too long. Only for those who look at silence. */
  private boolean lost;

  // The fields below are guarded by this.
  private State state = State.JOINING;
  private @Nullable CloseStatus closed;
  private @Nullable Submission join;
  private @Nullable Submission lastMessage;

  /** Messages that have not run yet. */
  private int inFlight;

  /** Whether the last of them waits for a place in the queue of the room. */
  private boolean held;

  /** Whether nothing is read for now; who ends that asks for the next frame. */
  private boolean paused;

  @SuppressWarnings("NullAway.Init") // the session comes with onOpen
  RoomSocket(RoomAddress address, ConnectionId id, Environment environment) {
    this.address = address;
    this.id = id;
    this.environment = environment;
    this.assembler =
        new MessageAssembler(
            environment.settings().messageBytes(),
            address.service(),
            environment.unfinished(),
            this::close);
  }

  /** Completes when the connection is closed and its leave, if it is due, has run. */
  CompletableFuture<Void> gone() {
    return gone;
  }

  // What guests do.

  @Override
  public ConnectionId id() {
    return id;
  }

  @Override
  public boolean send(Payload payload) {
    return outbox.offer(payload);
  }

  @Override
  public void close(int code, String reason) {
    close(new CloseReason(code, reason));
  }

  /** Closes the connection, if it is not closed yet. Its leave follows when that is done. */
  void close(CloseReason closing) {
    outbox.close(closing);
    readOn(); // for the answer to the close
  }

  // Joining.

  @Override
  public void onOpen(CoreSession coreSession, Callback callback) {
    session = coreSession;
    outbox = new Outbox(coreSession, environment.content(), environment.settings());
    // The library's own time-out counts what is written as a sign of life.
    session.setIdleTimeout(Duration.ZERO);
    environment.open().add(this);
    callback.succeeded();

    environment.rooms().attach(address, this);
    HookCall call = new HookCall.Join(address, id);
    Submission submission =
        submit(call, environment.settings().patience(), new JoinEnd(this, call));
    synchronized (this) {
      join = submission;
    }
  }

  private Submission submit(HookCall call, Duration patience, Submission.Listener listener) {
    return environment.sandbox().submit(call, patience, listener);
  }

  /** What follows on {@code onJoin}. */
  private record JoinEnd(RoomSocket socket, HookCall call) implements Submission.Listener {
    @Override
    public void ended(HookResult result) {
      socket.onJoinEnded(
          result.accepted() ? Optional.empty() : Optional.of(CloseReason.notLetIn(result)));
    }

    @Override
    public void notRun(SandboxException reason) {
      // The rooms have been told of it only if the call had its turn.
      socket.environment.rooms().detach(socket.address, socket.id);
      socket.onJoinEnded(Optional.of(socket.whyNotRun(call, reason)));
    }
  }

  /**
   * {@code onJoin} has answered.
   *
   * @param refusal why the connection is not let in; empty if it is
   */
  private void onJoinEnded(Optional<CloseReason> refusal) {
    CloseStatus closedMeanwhile;
    synchronized (this) {
      state = refusal.isEmpty() ? State.JOINED : State.OVER;
      closedMeanwhile = closed;
    }
    if (closedMeanwhile != null) {
      if (refusal.isEmpty()) {
        leave(closedMeanwhile);
      } else {
        over();
      }
      return;
    }
    refusal.ifPresent(outbox::close);
    heard = System.nanoTime(); // nothing was read until now
    session.demand();
  }

  private CloseReason whyNotRun(HookCall call, SandboxException reason) {
    return CloseReason.notRun(call, reason, environment.settings().patience());
  }

  // Reading. One frame is asked for at a time; a message pauses until it is certain to be next.

  @Override
  public void onFrame(Frame frame, Callback callback) {
    heard = System.nanoTime();
    pinged = false;
    switch (frame.getOpCode()) {
      case OpCode.CLOSE -> callback.succeeded(); // the library answers, and reads no more
      case OpCode.PONG -> {
        callback.succeeded();
        session.demand();
      }
      case OpCode.PING -> {
        // The next frame is read when the answer is out, so that pings cannot pile up.
        Runnable next =
            () -> {
              callback.succeeded();
              session.demand();
            };
        outbox.pong(frame, Callback.from(next, callback::failed));
      }
      default -> onData(frame, callback);
    }
  }

  private void onData(Frame frame, Callback callback) {
    Optional<Payload> message;
    try {
      message = outbox.isClosed() ? Optional.empty() : assembler.add(frame);
    } catch (RuntimeException e) {
      callback.failed(e); // closes with the code that the exception stands for
      return;
    }
    callback.succeeded();
    if (message.isPresent()) {
      onMessage(message.get());
    } else {
      session.demand();
    }
  }

  private void onMessage(Payload payload) {
    synchronized (this) {
      inFlight++;
      held = true;
      paused = true;
    }
    HookCall call = new HookCall.Message(address, id, payload);
    Submission submission =
        submit(call, environment.settings().patience(), new MessageEnd(this, call));
    synchronized (this) {
      lastMessage = submission;
    }
  }

  /** What follows on a message. */
  private record MessageEnd(RoomSocket socket, HookCall call) implements Submission.Listener {
    @Override
    public void queued() {
      socket.onMessageQueued();
    }

    @Override
    public void ended(HookResult result) {
      socket.onMessageEnded(CloseReason.unsupported(result));
    }

    @Override
    public void notRun(SandboxException reason) {
      socket.onMessageEnded(Optional.of(socket.whyNotRun(call, reason)));
    }
  }

  private void onMessageQueued() {
    synchronized (this) {
      held = false;
    }
    readOn();
  }

  private void onMessageEnded(Optional<CloseReason> failure) {
    synchronized (this) {
      inFlight--;
    }
    failure.ifPresent(outbox::close);
    readOn();
  }

  private void readOn() {
    synchronized (this) {
      boolean room = !held && inFlight < environment.settings().inFlight();
      if (!paused || !(room || outbox.isClosed())) {
        return;
      }
      paused = false;
    }
    heard = System.nanoTime(); // whoever was not listened to has not been silent
    session.demand();
  }

  // Silence.

  /**
   * Asks for a sign of life after a while of silence, and ends the connection if there is none, or
   * if it does not end by itself after it was closed. Called by one thread, at least every {@code
   * SilenceWatch.PARTS}th part of a ping, so that whoever is lost has gone within two pings.
   */
  @Override
  public void look(long now) {
    synchronized (this) {
      if (closed != null) {
        return;
      }
      if (lost || outbox.isCloseOverdue(now)) {
        session.abort();
        return;
      }
      if (outbox.isClosed() || paused || state == State.JOINING) {
        return; // it is on its way out, or not listened to
      }
    }
    long ping = environment.settings().ping().toNanos();
    long part = ping / SilenceWatch.PARTS;
    long silence = now - heard;
    if (pinged && silence >= 2 * (ping - part)) {
      lost = true; // the reason gets its chance to arrive; the next look ends it in any case
      close(CloseReason.silent(environment.settings().ping()));
    } else if (!pinged && silence >= ping - part) {
      pinged = true;
      outbox.ping();
    }
  }

  // Leaving.

  @Override
  public void onError(Throwable cause, Callback callback) {
    log.debug("connection {} broke", id, cause);
    callback.succeeded();
  }

  @Override
  public void onClosed(CloseStatus closeStatus, Callback callback) {
    outbox.stop();
    assembler.drop();
    State stateThen;
    Submission joinThen;
    synchronized (this) {
      closed = closeStatus;
      stateThen = state;
      joinThen = join;
    }
    switch (stateThen) {
      case JOINED -> leave(closeStatus);
      case OVER -> over();
      case JOINING -> {
        // A join that has its turn already ends later, and then finds the connection closed.
        if (joinThen != null && joinThen.withdraw()) {
          environment.rooms().detach(address, id);
          over();
        }
      }
    }
    callback.succeeded();
  }

  private void leave(CloseStatus status) {
    Submission message;
    synchronized (this) {
      state = State.OVER;
      message = lastMessage;
    }
    if (message != null) {
      // Not queued yet means not accepted; after its sender has left it would have none.
      boolean unused = message.withdraw();
    }
    String reason = Objects.requireNonNullElse(status.getReason(), "");
    Submission unused =
        submit(
            new HookCall.Leave(address, id, status.getCode(), reason),
            Submission.FOREVER,
            new LeaveEnd(this));
  }

  /** What follows on {@code onLeave}. */
  private record LeaveEnd(RoomSocket socket) implements Submission.Listener {
    @Override
    public void ended(HookResult result) {
      socket.over();
    }

    @Override
    public void notRun(SandboxException reason) {
      socket.over();
    }
  }

  private void over() {
    environment.open().remove(this);
    gone.complete(null);
  }
}
