package org.cloudramp.sandbox.server.rooms;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
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
final class RoomSocket implements FrameHandler, RoomConnection {
  private static final Logger log = LoggerFactory.getLogger(RoomSocket.class);

  /**
   * What all sockets of a server share.
   *
   * @param open the sockets that are there; each adds and removes itself
   */
  record Environment(
      Rooms rooms,
      Intake intake,
      Contents contents,
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

  private final ServiceId service;
  private final RoomId room;
  private final ConnectionId id;
  private final Environment environment;
  private final MessageAssembler assembler;
  private final CompletableFuture<Void> gone = new CompletableFuture<>();

  // Set when the connection opens, before anybody else knows of it.
  private CoreSession session;
  private Outbox outbox;

  /** Whether there has been no sign of life since the last ping. */
  private volatile boolean pinged;

  // The fields below are guarded by this.
  private State state = State.JOINING;
  private @Nullable CloseStatus closed;
  private Intake.@Nullable Ticket join;
  private Intake.@Nullable Ticket lastMessage;

  /** Messages that have not run yet. */
  private int inFlight;

  /** Whether the last of them waits for a place in the queue of the room. */
  private boolean held;

  /** Whether nothing is read for now; who ends that asks for the next frame. */
  private boolean paused;

  @SuppressWarnings("NullAway.Init") // the session comes with onOpen
  RoomSocket(ServiceId service, RoomId room, ConnectionId id, Environment environment) {
    this.service = service;
    this.room = room;
    this.id = id;
    this.environment = environment;
    this.assembler =
        new MessageAssembler(
            environment.settings().messageBytes(), service, environment.unfinished(), this::close);
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
    close(new Closing(code, reason));
  }

  /** Closes the connection, if it is not closed yet. Its leave follows when that is done. */
  void close(Closing closing) {
    outbox.close(closing);
    readOn(); // for the answer to the close
  }

  // Joining.

  @Override
  public void onOpen(CoreSession coreSession, Callback callback) {
    session = coreSession;
    outbox = new Outbox(coreSession, environment.contents(), environment.settings());
    session.setIdleTimeout(environment.settings().ping());
    session.addIdleTimeoutListener(timeout -> isLost());
    environment.open().add(this);
    callback.succeeded();

    environment.rooms().attach(service, room, this);
    HookCall call = new HookCall.Join(service, room, id);
    Intake.Ticket ticket = environment.intake().submit(call, environment.settings().patience());
    synchronized (this) {
      join = ticket;
    }
    ticket.whenEnded((result, error) -> onJoinEnded(call, result, error));
  }

  private void onJoinEnded(HookCall call, @Nullable HookResult result, @Nullable Throwable error) {
    if (result == null) {
      // The rooms have been told of it only if the call had its turn.
      environment.rooms().detach(service, room, id);
    }
    boolean letIn = result != null && result.accepted();
    CloseStatus closedMeanwhile;
    synchronized (this) {
      state = letIn ? State.JOINED : State.OVER;
      closedMeanwhile = closed;
    }
    if (closedMeanwhile != null) {
      if (letIn) {
        leave(closedMeanwhile);
      } else {
        over();
      }
      return;
    }
    if (!letIn) {
      outbox.close(result == null ? whyNotRun(call, error) : Closing.notLetIn(result));
    }
    session.demand();
  }

  private Closing whyNotRun(HookCall call, @Nullable Throwable error) {
    if (error instanceof Intake.BusyException) {
      return Closing.busy(room, environment.settings().patience());
    }
    return Closing.notRun(call, error);
  }

  // Reading. One frame is asked for at a time; a message pauses until it is certain to be next.

  @Override
  public void onFrame(Frame frame, Callback callback) {
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
    HookCall call = new HookCall.Message(service, room, id, payload);
    Intake.Ticket ticket = environment.intake().submit(call, environment.settings().patience());
    synchronized (this) {
      lastMessage = ticket;
    }
    ticket.whenQueued(this::onMessageQueued);
    ticket.whenEnded((result, error) -> onMessageEnded(call, error));
  }

  private void onMessageQueued() {
    synchronized (this) {
      held = false;
    }
    readOn();
  }

  private void onMessageEnded(HookCall call, @Nullable Throwable error) {
    synchronized (this) {
      inFlight--;
    }
    if (error != null) {
      outbox.close(whyNotRun(call, error));
    }
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
    session.demand();
  }

  /** Called after a while of silence: asks for a sign of life, once. */
  private boolean isLost() {
    if (pinged || outbox.isClosed()) {
      return true;
    }
    pinged = true;
    outbox.ping();
    return false;
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
    Intake.Ticket joinThen;
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
        if (joinThen != null && environment.intake().withdraw(joinThen)) {
          environment.rooms().detach(service, room, id);
          over();
        }
      }
    }
    callback.succeeded();
  }

  private void leave(CloseStatus status) {
    Intake.Ticket message;
    synchronized (this) {
      state = State.OVER;
      message = lastMessage;
    }
    if (message != null) {
      // Not queued yet means not accepted; after its sender has left it would have none.
      environment.intake().withdraw(message);
    }
    String reason = Objects.requireNonNullElse(status.getReason(), "");
    environment
        .intake()
        .submit(new HookCall.Leave(service, room, id, status.getCode(), reason))
        .whenEnded((result, error) -> over());
  }

  private void over() {
    environment.open().remove(this);
    gone.complete(null);
  }
}
