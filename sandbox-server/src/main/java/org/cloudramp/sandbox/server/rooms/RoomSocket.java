package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
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
   * So much is read of a connection in a row; then all others that have something to read have
   * their turn. A crowd that sends at once would keep them waiting for the whole of it.
   */
  private static final int BYTES_OF_TURN = 8 << 10;

  /**
   * Whoever is not read from, and behind for so long, is pinged to see whether it is still there.
   */
  private static final Duration DEAF = Duration.ofSeconds(1);

  /** What a small frame costs, in bytes of a larger one. */
  private static final int BYTES_OF_FRAME = 256;

  /**
   * What all sockets of a server share.
   *
   * @param sandbox runs the hooks
   * @param unfinished what they hold of messages before these have a place
   * @param queued what their messages take while they wait in rooms
   * @param outgoing what waits to be sent to them
   * @param threads on which they are read
   * @param open the sockets that are there; each adds and removes itself
   */
  record Environment(
      Sandbox sandbox,
      Rooms rooms,
      SharedContent content,
      UnfinishedMessages unfinished,
      QueuedMessages queued,
      OutgoingBytes outgoing,
      Executor threads,
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

  /** What has been read in this turn; only for whoever reads, and then for who asks to read on. */
  private int readInTurn;

  /** Whether there has been no sign of life since the last ping. */
  private volatile boolean pinged;

  /** Whether the last ping has had no answer for too long. Only for those who look at silence. */
  private boolean lost;

  // The fields below are guarded by this.
  private State state = State.JOINING;
  private @Nullable CloseStatus closed;
  private @Nullable Submission join;
  private @Nullable Submission lastMessage;

  /** The place of the last message; it may wait for it, or have given it back. */
  private QueuedMessages.@Nullable Place place;

  /** Whether that message is being handed in; whoever does so lets the connection leave then. */
  private boolean handingIn;

  /** Since when there have been messages that have not run, or a join; as of System.nanoTime. */
  private long behindSince = System.nanoTime();

  /** Messages that have not run yet. */
  private int inFlight;

  /** Whether the last of them waits for a place, among all or in the queue of the room. */
  private boolean held;

  /** Whether nothing is read for now; who ends that asks for the next frame. */
  private boolean paused;

  /** Whether it was ended without a word, to make room. */
  private volatile boolean cutOff;

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
    dropWaiting();
    readOn(); // for the answer to the close
  }

  // What waits to be sent.

  RoomAddress address() {
    return address;
  }

  /** What waits to be sent, if it is shared with nobody; for choosing one to close. */
  long outgoingBytes() {
    return outbox.held();
  }

  /** Whether it has been closed, and may still be there until the other end has answered. */
  boolean isClosing() {
    return outbox.isClosed();
  }

  /** Whether it was ended without a word, to make room. */
  boolean isCutOff() {
    return cutOff;
  }

  /** Closes the connection; if that was done before, ends it without waiting for anything. */
  void makeRoom() {
    if (outbox.isClosed()) {
      cutOff = true;
      session.abort();
    } else {
      close(CloseReason.tooSlow());
    }
  }

  // Joining.

  @Override
  public void onOpen(CoreSession coreSession, Callback callback) {
    session = coreSession;
    outbox =
        new Outbox(
            coreSession,
            address.service(),
            environment.content(),
            environment.outgoing(),
            environment.settings());
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
    readInTurn += BYTES_OF_FRAME + frame.getPayloadLength();
    callback.succeeded();
    if (message.isPresent()) {
      onMessage(message.get());
    } else {
      demandInTurn();
    }
  }

  private void onMessage(Payload payload) {
    Arrival arrival = new Arrival(payload);
    synchronized (this) {
      if (inFlight == 0) {
        behindSince = System.nanoTime();
      }
      inFlight++;
      held = true;
      paused = true;
      place = arrival.place;
    }
    if (arrival.place.tryTake()) {
      arrival.handIn();
    } else {
      assembler.keep(payload.bytes().size());
      if (!arrival.place.await()) {
        assembler.handOn(); // it was dropped meanwhile
      }
    }
  }

  /** A message that is here. It is handed in when it has a place among all that wait in rooms. */
  private final class Arrival {
    private final Payload payload;
    private final QueuedMessages.Place place;

    private Arrival(Payload payload) {
      this.payload = payload;
      this.place =
          environment
              .queued()
              .place(address.service(), payload.bytes().size(), Arrival.this::handIn);
    }

    private void handIn() {
      assembler.handOn();
      boolean isWanted;
      synchronized (RoomSocket.this) {
        isWanted = closed == null && !outbox.isClosed();
        handingIn = isWanted;
      }
      if (!isWanted) { // after its sender has left it would have none
        place.giveBack();
        onMessageDropped();
        return;
      }
      HookCall call = new HookCall.Message(address, id, payload);
      Submission submission =
          submit(
              call,
              environment.settings().patience(),
              new MessageEnd(RoomSocket.this, call, place));
      CloseStatus closedMeanwhile;
      synchronized (RoomSocket.this) {
        lastMessage = inFlight == 0 ? null : submission; // it may have run already
        handingIn = false;
        closedMeanwhile = closed;
      }
      if (closedMeanwhile != null) {
        onGone(closedMeanwhile);
      }
    }
  }

  /** Gives up the message that has no place yet, if there is one. */
  private void dropWaiting() {
    QueuedMessages.Place waiting;
    synchronized (this) {
      waiting = place;
    }
    if (waiting != null && waiting.withdraw()) {
      assembler.handOn();
      onMessageDropped();
    }
  }

  private void onMessageDropped() {
    synchronized (this) {
      inFlight--;
      held = false;
    }
    readOn();
  }

  /** What follows on a message. */
  private record MessageEnd(RoomSocket socket, HookCall call, QueuedMessages.Place place)
      implements Submission.Listener {
    @Override
    public void queued() {
      socket.onMessageQueued();
    }

    @Override
    public void ended(HookResult result) {
      place.giveBack();
      socket.onMessageEnded(CloseReason.unsupported(result));
    }

    @Override
    public void notRun(SandboxException reason) {
      place.giveBack();
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
      if (inFlight == 0) {
        lastMessage = null; // it may hold what was said
        place = null;
      }
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
    demandInTurn();
  }

  /** Reads on: at once, or after the others. */
  private void demandInTurn() {
    if (readInTurn < BYTES_OF_TURN) {
      session.demand();
    } else {
      readInTurn = 0;
      environment.threads().execute(session::demand);
    }
  }

  // Silence.

  /**
   * Asks for a sign of life after a while of silence, and ends the connection if there is none, or
   * if it does not end by itself after it was closed. Called by one thread, at least every {@code
   * SilenceWatch.PARTS}th part of a ping, so that whoever is lost has gone within two pings.
   */
  @Override
  public void look(long now) {
    boolean deaf;
    long behind;
    synchronized (this) {
      if (closed != null) {
        return;
      }
      if (lost || outbox.isCloseOverdue(now)) {
        session.abort();
        return;
      }
      if (outbox.isClosed()) {
        return; // it is on its way out
      }
      deaf = paused || state == State.JOINING;
      behind = now - behindSince;
    }
    if (deaf) {
      if (behind >= DEAF.toNanos()) {
        // Who is gone without having been read to the end is found out by writing, and only so.
        outbox.ping();
      }
      return;
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
    dropWaiting();
    boolean isHandingIn;
    synchronized (this) {
      closed = closeStatus;
      isHandingIn = handingIn;
    }
    if (!isHandingIn) {
      onGone(closeStatus);
    }
    callback.succeeded();
  }

  private void onGone(CloseStatus closeStatus) {
    State stateThen;
    Submission joinThen;
    synchronized (this) {
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
  }

  private void leave(CloseStatus status) {
    Submission message;
    QueuedMessages.Place placeOfMessage;
    synchronized (this) {
      state = State.OVER;
      message = lastMessage;
      placeOfMessage = place;
    }
    // Not queued yet means not accepted; after its sender has left it would have none.
    if (message != null && placeOfMessage != null && message.withdraw()) {
      placeOfMessage.giveBack();
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
