package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
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
import org.cloudramp.sandbox.server.loop.Conversation;
import org.cloudramp.sandbox.server.rate.Allowance;
import org.cloudramp.sandbox.server.rate.Excess;
import org.cloudramp.sandbox.server.websocket.CloseStatus;
import org.cloudramp.sandbox.server.websocket.ProtocolException;
import org.cloudramp.sandbox.server.websocket.WebSocketListener;
import org.cloudramp.sandbox.server.websocket.WebSocketSession;
import org.jspecify.annotations.Nullable;

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
 * What the client sends comes from its loop, one thing at a time; the ends of hooks, and what
 * guests send, from there or from the threads of the sandbox. No method waits, but for a loop that
 * is behind with what these threads bring.
 */
final class RoomSocket implements WebSocketListener, RoomConnection, Watched {
  /**
   * Whoever is not read from, and behind for so long, is pinged to see whether it is still there.
   */
  private static final Duration DEAF = Duration.ofSeconds(1);

  /**
   * What all sockets of a server share.
   *
   * @param sandbox runs the hooks
   * @param unfinished what they hold of messages before these have a place
   * @param queued what their messages take while they wait in rooms
   * @param outgoing what waits to be sent to them
   * @param open the sockets that are there; each adds and removes itself
   * @param tooFast told of those who send more than they may
   * @param listener told of them
   */
  record Environment(
      Sandbox sandbox,
      Rooms rooms,
      SharedFrames frames,
      UnfinishedMessages unfinished,
      QueuedMessages queued,
      OutgoingBytes outgoing,
      ServerSettings settings,
      Set<RoomSocket> open,
      TooFast tooFast,
      ConnectionListener listener) {}

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
  private final Identity identity;
  private final Allowance allowance;
  private final Environment environment;
  private final MessageAssembler assembler;
  private final CompletableFuture<Void> gone = new CompletableFuture<>();

  private final Outbox outbox;
  private final AtomicBoolean closing = new AtomicBoolean();

  // Set when the connection opens, before anybody else knows of it.
  private WebSocketSession session;

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

  /** Whether it was closed to make room for others, who do not wait for long. */
  private volatile boolean makesRoom;

  /** Whether it was ended without a word, to make room. */
  private volatile boolean cutOff;

  @SuppressWarnings("NullAway.Init") // the session comes with onOpen
  RoomSocket(
      RoomAddress address,
      ConnectionId id,
      Identity identity,
      Allowance allowance,
      Environment environment) {
    this.address = address;
    this.id = id;
    this.identity = identity;
    this.allowance = allowance;
    this.environment = environment;
    this.assembler =
        new MessageAssembler(
            environment.settings().messageBytes(),
            address.service(),
            environment.unfinished(),
            this::close);
    this.outbox =
        new Outbox(
            address.service(),
            environment.outgoing(),
            environment.settings(),
            () -> close(CloseReason.tooSlow()));
  }

  /** What its connection is for. */
  Conversation conversation() {
    return new Conversation(this, outbox, environment.settings().messageBytes());
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
  public Identity identity() {
    return identity;
  }

  @Override
  public boolean send(Payload payload) {
    if (closing.get()) {
      return false;
    }
    session.send(environment.frames().of(payload, address.service()));
    return true;
  }

  @Override
  public void close(int code, String reason) {
    close(new CloseReason(code, reason));
  }

  @Override
  public void comeAgain(String reason) {
    close(CloseReason.comeAgain(reason));
  }

  /** Closes the connection, if it is not closed yet. Its leave follows when that is done. */
  void close(CloseReason reason) {
    sayWhy(reason);
    dropWaiting();
  }

  private void sayWhy(CloseReason reason) {
    if (closing.compareAndSet(false, true)) {
      session.close(reason.status());
    }
  }

  // What waits to be sent.

  RoomAddress address() {
    return address;
  }

  /** Whether it was let in, and is not on its way out. */
  boolean isMember() {
    if (closing.get()) {
      return false;
    }
    synchronized (this) {
      return state == State.JOINED;
    }
  }

  /** What waits to be sent, if it is shared with nobody; for choosing one to close. */
  long outgoingBytes() {
    return outbox.held();
  }

  /** Whether it has been closed, and may still be there until the other end has answered. */
  boolean isClosing() {
    return closing.get();
  }

  /** Whether it was ended without a word, to make room. */
  boolean isCutOff() {
    return cutOff;
  }

  /** Closes the connection; if that was done before, ends it without waiting for anything. */
  void makeRoom() {
    if (closing.get()) {
      cutOff = true;
      session.abort();
    } else {
      makesRoom = true;
      close(CloseReason.tooSlow());
    }
  }

  // Joining.

  @Override
  public void onOpen(WebSocketSession opened) {
    session = opened;
    environment.open().add(this);
    environment.listener().opened();
    environment.rooms().attach(address, this);
    HookCall call = new HookCall.Join(address, id, identity);
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
    refusal.ifPresent(this::sayWhy);
    heard = System.nanoTime(); // nothing was read until now
    session.demand();
  }

  private CloseReason whyNotRun(HookCall call, SandboxException reason) {
    return CloseReason.notRun(call, reason, environment.settings().patience());
  }

  // Reading. One piece is asked for at a time; a message pauses until it is certain to be next.

  @Override
  public void onHeard() {
    heard = System.nanoTime();
    pinged = false;
  }

  @Override
  public void onMessage(Payload.Kind kind, byte[] piece, boolean endsMessage)
      throws ProtocolException {
    Optional<Excess> excess = allowance.take(piece.length, endsMessage);
    if (excess.isPresent()) {
      onTooFast(excess.get());
      return;
    }
    Optional<Payload> message = assembler.add(kind, piece, endsMessage);
    if (message.isPresent()) {
      onMessage(message.get());
    } else {
      session.demand();
    }
  }

  /** What it sends from now on is read and forgotten, until it answers the close. */
  private void onTooFast(Excess excess) {
    assembler.drop();
    if (!closing.get()) {
      environment.tooFast().tell(excess, address);
      close(CloseReason.tooFast(excess));
    }
    session.demand();
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
    private final long came = environment.listener().messageCame();

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
        isWanted = closed == null && !closing.get();
        handingIn = isWanted;
      }
      if (!isWanted) { // after its sender has left it would have none
        place.giveBack();
        onMessageDropped();
        return;
      }
      HookCall call = new HookCall.Message(address, id, payload, identity);
      Submission submission =
          submit(
              call,
              environment.settings().patience(),
              new MessageEnd(RoomSocket.this, call, place, came));
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
  private record MessageEnd(RoomSocket socket, HookCall call, QueuedMessages.Place place, long came)
      implements Submission.Listener {
    @Override
    public void queued() {
      socket.onMessageQueued();
    }

    @Override
    public void ended(HookResult result) {
      place.giveBack();
      socket.environment.listener().messageEnded(came);
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
    failure.ifPresent(this::sayWhy);
    readOn();
  }

  private void readOn() {
    synchronized (this) {
      if (!paused || held || inFlight >= environment.settings().inFlight()) {
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
    long patience = environment.settings().patience().toNanos();
    long patienceWithClose = makesRoom ? Math.min(patience, DEAF.toNanos()) : patience;
    if (lost || session.isCloseOverdue(now, patienceWithClose) || session.isStuck(now, patience)) {
      session.abort();
      return;
    }
    boolean deaf;
    long behind;
    synchronized (this) {
      if (closed != null || closing.get()) {
        return; // it is on its way out
      }
      deaf = paused || state == State.JOINING;
      behind = now - behindSince;
    }
    if (deaf) {
      if (behind >= DEAF.toNanos()) {
        // Who is gone without having been read to the end is found out by writing, and only so.
        session.ping();
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
      session.ping();
    }
  }

  // Leaving.

  @Override
  public void onClosed(CloseStatus closeStatus) {
    environment.listener().closed(closeStatus.code());
    allowance.release();
    closing.set(true);
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
    Submission unused =
        submit(
            new HookCall.Leave(address, id, status.code(), status.reason(), identity),
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
