package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.extension.SessionAnswer;
import org.cloudramp.sandbox.api.extension.SessionProof;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.Submission;
import org.cloudramp.sandbox.host.rooms.Missed;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.cloudramp.sandbox.server.loop.Conversation;
import org.cloudramp.sandbox.server.rate.Allowance;
import org.cloudramp.sandbox.server.rate.Excess;
import org.cloudramp.sandbox.server.rooms.ConnectionListener.Resume;
import org.cloudramp.sandbox.server.session.ClientFrame;
import org.cloudramp.sandbox.server.session.FrameException;
import org.cloudramp.sandbox.server.session.ServerFrames;
import org.cloudramp.sandbox.server.session.ServerFrames.Beginning;
import org.cloudramp.sandbox.server.session.SessionSecret;
import org.cloudramp.sandbox.server.websocket.CloseStatus;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
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
 *   <li>A session, of a client that speaks {@code sandbox.v1}, does not leave when its socket
 *       breaks: it is away, until another socket goes on in its place or its grace is over. What is
 *       said meanwhile is kept for it nowhere but in the room's log.
 * </ol>
 *
 * What the client sends comes from its loop, one thing at a time; the ends of hooks, and what
 * guests send, from there or from the threads of the sandbox. No method waits, but for a loop that
 * is behind with what these threads bring.
 */
final class RoomSocket
    implements WebSocketListener, RoomConnection, Watched, Backlog.Owner, Holder {
  /** Whoever is not read to the end for so long is pinged to see whether it is still there. */
  private static final Duration DEAF = Duration.ofSeconds(1);

  /**
   * What all sockets of a server share.
   *
   * @param sandbox runs the hooks
   * @param unfinished what they hold of messages before these have a place
   * @param queued what their messages take while they wait in rooms
   * @param outgoing what waits to be sent to them
   * @param open the sockets that are there; each adds and removes itself
   * @param sessions what sessions share
   * @param tooFast told of those who send more than they may
   * @param listener told of them
   * @param sent told of what is sent to them
   * @param tracer chooses which of their calls are followed
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
      Sessions sessions,
      TooFast tooFast,
      ConnectionListener listener,
      SentBytes sent,
      CallTracer tracer) {}

  /** Entries of a room's log that are looked into at a time, for whoever has missed them. */
  private static final int REPLAYED_AT_ONCE = 64;

  private enum State {
    /** {@code onJoin} has not answered yet. */
    JOINING,
    /** A session that goes on here, if it may. */
    RESUMING,
    /** In the room. */
    JOINED,
    /** In the room without a socket. */
    AWAY,
    /** Was not let in, or is on its way out. */
    OVER
  }

  private final RoomAddress address;
  private final @Nullable SessionLine line;

  // Those of a session are known when its client has said that it goes on with it.
  private volatile ConnectionId id;
  private volatile Identity identity;
  private final Allowance allowance;
  private final Environment environment;
  private final MessageAssembler assembler;
  private final Backlog backlog;
  private final CompletableFuture<Void> gone = new CompletableFuture<>();

  private final Outbox outbox;
  private final AtomicBoolean closing = new AtomicBoolean();

  // Set when the connection opens, before anybody else knows of it.
  private WebSocketSession session;

  /** Since when it joins, or asks to go on with a session; as of System.nanoTime. */
  private volatile long beganAt = System.nanoTime();

  /** When the client was last heard, or was first listened to again; as of System.nanoTime. */
  private volatile long heard = System.nanoTime();

  /** Whether there has been no sign of life since the last ping. */
  private volatile boolean pinged;

  /** When it was pinged last, by System.nanoTime; for the thread that looks. */
  private long pingedAt;

  /** Whether the last ping has had no answer for too long. Only for those who look at silence. */
  private boolean lost;

  // The fields below are guarded by this.
  private State state = State.JOINING;
  private @Nullable CloseStatus closed;
  private @Nullable Submission join;

  /** The leave of somebody who is away no longer. */
  private @Nullable Submission leave;

  /** Since when it is away; as of System.nanoTime. */
  private long awaySince;

  /** With what the room, or the host, has ended it, if it has; then it is not away afterwards. */
  private @Nullable CloseStatus dismissed;

  /** Whether its close is one after which a session may go on. */
  private volatile boolean mayComeBack;

  /** Whether this server ends. */
  private volatile boolean ends;

  /** Whether it then leaves the session to others. */
  private volatile boolean handedOver;

  /** Whether it was closed to make room for others, who do not wait for long. */
  private volatile boolean makesRoom;

  /** Whether it was ended without a word, to make room. */
  private volatile boolean cutOff;

  /**
   * @param isSession whether its client speaks {@code sandbox.v1}
   */
  @SuppressWarnings("NullAway.Init") // the session comes with onOpen
  RoomSocket(
      RoomAddress address,
      ConnectionId id,
      Identity identity,
      Allowance allowance,
      Environment environment,
      boolean isSession) {
    this.line =
        isSession
            ? new SessionLine(environment.settings(), address.service(), environment.outgoing())
            : null;
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
    this.backlog = new Backlog(this, address.service(), environment, assembler);
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
    hand(environment.frames().of(payload, address.service()));
    return true;
  }

  @Override
  public boolean send(Payload payload, LogPosition position) {
    SessionLine sessionLine = line;
    if (sessionLine == null) {
      return send(payload);
    }
    if (closing.get()) {
      return true; // it is in the log, from where it comes if the client does
    }
    try {
      handOrHold(sessionLine, environment.frames().of(payload, position, address.service()));
    } catch (IllegalStateException tooMuchWaits) {
      close(CloseReason.tooSlow());
    }
    return true;
  }

  /**
   * Sends, or keeps until what waits before it is sent.
   *
   * @throws IllegalStateException as {@link WebSocketSession#send}
   */
  private void hand(OutgoingFrame frame) {
    session.send(frame);
    environment.sent().sent(address.service(), frame.payloadSize());
  }

  /**
   * Sends, or keeps until the client has been told what it has missed.
   *
   * @throws IllegalStateException as {@link WebSocketSession#send}, or if more is kept than may be
   */
  private void handOrHold(SessionLine sessionLine, OutgoingFrame frame) {
    if (sessionLine.passes(frame)) {
      hand(frame);
    } else {
      environment.outgoing().relieve();
    }
  }

  /** Tells the client of something that is in no log. */
  private void tell(Payload frame) {
    hand(OutgoingFrame.message(frame));
  }

  @Override
  public void admitted(LogPosition position) {
    SessionLine sessionLine = line;
    SessionSecret secret = sessionLine == null ? null : sessionLine.secret();
    if (sessionLine != null && secret != null) {
      tell(ServerFrames.welcome(sessionLine.why(), id, secret, position, grace()));
    }
  }

  @Override
  public void passed(LogPosition position) {
    SessionLine sessionLine = line;
    if (sessionLine != null && !closing.get()) {
      OutgoingFrame frame = OutgoingFrame.message(ServerFrames.position(position));
      try {
        handOrHold(sessionLine, frame);
      } catch (IllegalStateException tooMuchWaits) {
        close(CloseReason.tooSlow());
      }
    }
  }

  @Override
  public void superseded() {
    State before;
    Submission leaving;
    synchronized (this) {
      before = state;
      leaving = leave;
      state = State.OVER;
    }
    if (before == State.AWAY) {
      environment.sessions().isBack(address.service());
      over();
    } else if (before == State.OVER) {
      if (leaving != null && leaving.withdraw()) {
        over();
      }
    } else {
      sayWhy(CloseReason.superseded()); // when that is done it is over
    }
  }

  private Duration grace() {
    return environment.rooms().sessions(address).grace();
  }

  @Override
  public void close(int code, String reason) {
    CloseReason why = new CloseReason(code, reason);
    boolean wasAway;
    synchronized (this) {
      dismissed = dismissed == null ? why.status() : dismissed;
      wasAway = state == State.AWAY;
    }
    if (wasAway) {
      returnFromAway(why.status());
    } else {
      close(why);
    }
  }

  @Override
  public void comeAgain(String reason) {
    close(CloseReason.comeAgain(reason));
  }

  /** Closes the connection, if it is not closed yet. Its leave follows when that is done. */
  void close(CloseReason reason) {
    sayWhy(reason);
    backlog.dropWaiting();
  }

  private void sayWhy(CloseReason reason) {
    if (closing.compareAndSet(false, true)) {
      mayComeBack = reason.allowsResume();
      session.close(reason.status());
    }
  }

  /** This server ends: a session goes on on another, and others leave. */
  void shutDown() {
    boolean wasAway;
    ends = true;
    handedOver = isSession() && environment.rooms().sessions(address).outliveProcess();
    synchronized (this) {
      wasAway = state == State.AWAY;
    }
    if (wasAway) {
      returnFromAway(CloseReason.shutdown().status());
    } else {
      close(handedOver ? CloseReason.handOver() : CloseReason.shutdown());
    }
  }

  /** Whether its client speaks {@code sandbox.v1}. */
  boolean isSession() {
    return line != null;
  }

  // What waits to be sent.

  RoomAddress address() {
    return address;
  }

  /** Whether it was let in, and is not on its way out. */
  boolean isMember() {
    synchronized (this) {
      return state == State.AWAY || (state == State.JOINED && !closing.get());
    }
  }

  @Override
  public Object account() {
    return address.service();
  }

  @Override
  public String room() {
    return address.room().value();
  }

  @Override
  public String who() {
    return "connection %s of service '%s'".formatted(id, address.service());
  }

  @Override
  public long outgoingBytes() {
    SessionLine sessionLine = line;
    return outbox.held() + (sessionLine == null ? 0 : sessionLine.held());
  }

  @Override
  public boolean isClosing() {
    return closing.get();
  }

  @Override
  public boolean isCutOff() {
    return cutOff;
  }

  @Override
  public void makeRoom() {
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
    if (line == null) {
      join(Optional.empty());
    } else {
      session.demand(); // it says first how it begins
    }
  }

  private void join(Optional<Bytes> sessionKey) {
    environment.rooms().attach(address, this);
    HookCall call = new HookCall.Join(address, id, identity, sessionKey);
    CallTrace trace = environment.tracer().came(address.service(), Hook.ON_JOIN, 0);
    Submission submission =
        submit(call, environment.settings().patience(), new JoinEnd(this, call, trace));
    synchronized (this) {
      join = submission;
    }
  }

  private Submission submit(HookCall call, Duration patience, Submission.Listener listener) {
    return environment.sandbox().submit(call, patience, listener);
  }

  /** What follows on {@code onJoin}. */
  private record JoinEnd(RoomSocket socket, HookCall call, @Nullable CallTrace trace)
      implements Submission.Listener {
    @Override
    public void ended(HookResult result) {
      if (trace != null) {
        trace.ended(result);
      }
      socket.onJoinEnded(
          result.accepted() ? Optional.empty() : Optional.of(CloseReason.notLetIn(result)));
    }

    @Override
    public void notRun(SandboxException reason) {
      if (trace != null) {
        trace.notRun(reason);
      }
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

  // A session begins, or goes on.

  private void onFrame(SessionLine sessionLine, Payload payload) throws ProtocolException {
    ClientFrame frame;
    try {
      frame = ClientFrame.read(payload);
    } catch (FrameException e) {
      throw breaks(String.valueOf(e.getMessage()));
    }
    boolean begins = frame instanceof ClientFrame.Join || frame instanceof ClientFrame.Resume;
    if (begins != sessionLine.begin()) {
      throw breaks("a session begins with join or resume, once");
    }
    if (frame instanceof ClientFrame.Join) {
      beginSession(sessionLine, Beginning.FIRST);
    } else if (frame instanceof ClientFrame.Resume resume) {
      resume(sessionLine, resume);
    } else if (frame instanceof ClientFrame.Message message) {
      sessionLine.confirm();
      if (sessionLine.isNew(message.number())) {
        backlog.take(message.payload(), message.number());
      } else {
        session.demand(); // it was sent again, and is taken or waits
      }
    } else if (frame instanceof ClientFrame.Failures) {
      sessionLine.confirm();
      sessionLine.tellFailures();
      session.demand();
    } else {
      sessionLine.confirm();
      tell(ServerFrames.pong());
      session.demand();
    }
  }

  private static ProtocolException breaks(String mistake) {
    return ProtocolException.violated(ServerFrames.SUBPROTOCOL + ": " + mistake);
  }

  private void beginSession(SessionLine sessionLine, Beginning why) {
    SessionSecret secret = environment.sessions().newSecret();
    sessionLine.joinsWith(secret, why);
    join(Optional.of(secret.key()));
  }

  /** Nothing is read until it is known what becomes of it. */
  private void resume(SessionLine sessionLine, ClientFrame.Resume wanted) {
    Bytes secret = wanted.secret().key();
    if (environment.sessions().resumesTooOften(wanted.connection())
        || !environment.sessions().tryAsk(wanted.connection(), secret)) {
      environment.listener().resumed(Resume.TOO_OFTEN);
      turnAway(CloseReason.resumesTooOften());
      return;
    }
    Identity asks = identity;
    ConnectionId fresh = id;
    synchronized (this) {
      state = State.RESUMING;
      id = wanted.connection();
    }
    beganAt = System.nanoTime();
    sessionLine.hold();
    SessionProof proof =
        new SessionProof(
            wanted.connection(), secret, wanted.next().key(), wanted.after(), asks.user());
    ResumeCount count = new ResumeCount(environment.sessions(), wanted.connection());
    var unused =
        environment
            .rooms()
            .resume(
                address,
                proof,
                found -> {
                  count.take();
                  identity = found;
                  return this;
                })
            .whenComplete(
                (answer, error) -> {
                  environment.sessions().answered(wanted.connection(), secret);
                  environment.listener().resumed(whatOf(answer));
                  if (answer instanceof SessionAnswer.Resumed resumed) {
                    replay(sessionLine, wanted.after(), resumed);
                  } else if (count.isExceeded()) {
                    turnAway(CloseReason.resumesTooOften());
                  } else if (error != null) {
                    turnAway(
                        CloseReason.notResumed(
                            address, cause(error), environment.settings().patience()));
                  } else if (answer instanceof SessionAnswer.NotTheirs) {
                    turnAway(CloseReason.notItsSession());
                  } else {
                    beginAnew(sessionLine, fresh, asks, answer);
                  }
                });
  }

  /** What has become of a resume, for whoever counts. */
  private static Resume whatOf(@Nullable SessionAnswer answer) {
    if (answer == null) {
      return Resume.FAILED;
    }
    if (answer instanceof SessionAnswer.Resumed) {
      return Resume.RESUMED;
    }
    if (answer instanceof SessionAnswer.NotTheirs) {
      return Resume.DENIED;
    }
    return answer instanceof SessionAnswer.Lost ? Resume.MISSED : Resume.OVER;
  }

  private static Throwable cause(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }

  /** It is in no room, and does not come into one. */
  private void turnAway(CloseReason why) {
    boolean isGone;
    synchronized (this) {
      state = State.OVER;
      isGone = closed != null;
    }
    if (isGone) {
      over();
    } else {
      sayWhy(why);
      session.demand(); // for the answer
    }
  }

  private void beginAnew(
      SessionLine sessionLine, ConnectionId fresh, Identity asks, SessionAnswer answer) {
    synchronized (this) {
      if (closed != null) {
        state = State.OVER;
      } else {
        state = State.JOINING;
        id = fresh;
        identity = asks;
      }
    }
    sessionLine.drop();
    if (isOver()) {
      over();
    } else {
      beginSession(
          sessionLine, answer instanceof SessionAnswer.Lost ? Beginning.LOST : Beginning.UNKNOWN);
    }
  }

  private synchronized boolean isOver() {
    return state == State.OVER;
  }

  /** It is in the room. Tells it what it has missed, before what is said from now on. */
  private void replay(SessionLine sessionLine, LogPosition after, SessionAnswer.Resumed resumed) {
    sessionLine.resumeAfter(resumed.received());
    tell(ServerFrames.resumed(resumed.received(), resumed.from()));
    environment
        .sessions()
        .replay(
            () ->
                replayFrom(sessionLine, after, resumed.from())
                    .whenComplete((done, error) -> replayed(sessionLine, error)));
  }

  private CompletionStage<Void> replayFrom(
      SessionLine sessionLine, LogPosition after, LogPosition until) {
    if (after.offset() >= until.offset() || closing.get()) {
      return CompletableFuture.completedFuture(null);
    }
    int most = (int) Math.min(REPLAYED_AT_ONCE, until.offset() - after.offset());
    return environment
        .rooms()
        .missed(address, id, after, most)
        .thenCompose(
            page -> {
              if (page.isEmpty() || page.get().last().offset() <= after.offset()) {
                close(CloseReason.comeAgain("messages of this room are lost"));
                return CompletableFuture.completedFuture(null);
              }
              Missed missed = page.get();
              missed
                  .messages()
                  .forEach(each -> tell(ServerFrames.message(each.payload(), each.position())));
              if (missed.close().isPresent()) {
                close(missed.close().get().code(), missed.close().get().reason());
                return CompletableFuture.completedFuture(null);
              }
              return replayFrom(sessionLine, missed.last(), until);
            });
  }

  private void replayed(SessionLine sessionLine, @Nullable Throwable error) {
    if (error != null) {
      close(CloseReason.comeAgain("what was missed in this room could not be read now"));
    }
    CloseStatus closedMeanwhile;
    synchronized (this) {
      closedMeanwhile = closed;
      state = state == State.RESUMING ? State.JOINED : state; // it may have been replaced
    }
    if (closedMeanwhile != null) {
      leaveOrGoAway(closedMeanwhile);
      return;
    }
    session.inOrder(() -> goOn(sessionLine));
  }

  /** In the strand: nothing that is sent from another thread overtakes what has waited. */
  private void goOn(SessionLine sessionLine) {
    List<OutgoingFrame> waiting = sessionLine.release();
    while (!waiting.isEmpty()) {
      waiting.forEach(this::hand);
      waiting = sessionLine.release();
    }
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
    SessionLine sessionLine = line;
    if (message.isPresent() && sessionLine != null) {
      onFrame(sessionLine, message.get());
    } else if (message.isPresent()) {
      backlog.take(message.get(), 0);
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

  @Override
  public HookCall.Message call(Payload payload, long number) {
    return new HookCall.Message(address, id, payload, identity, number);
  }

  @Override
  public void ended(HookCall.Message call, HookResult result, boolean isLast) {
    Optional<CloseReason> failure = CloseReason.unsupported(result);
    if (failure.isEmpty() && call.number() > 0) {
      failure = CloseReason.notTaken(result);
      if (failure.isEmpty()) {
        tellIfFailed(call, result);
      }
    }
    taken(call, failure, isLast);
  }

  @Override
  public void notRun(HookCall.Message call, SandboxException reason, boolean isLast) {
    boolean wasTaken =
        reason instanceof RefusedException refused
            && refused.kind() == RefusedException.Kind.TAKEN_BEFORE;
    taken(call, wasTaken ? Optional.empty() : Optional.of(whyNotRun(call, reason)), isLast);
  }

  private void taken(HookCall.Message call, Optional<CloseReason> failure, boolean isLast) {
    failure.ifPresent(this::sayWhy);
    SessionLine sessionLine = line;
    if (sessionLine != null && failure.isEmpty()) {
      long taken = sessionLine.take(call.number(), isLast);
      if (taken > 0 && !closing.get()) {
        tell(ServerFrames.taken(taken));
      }
    }
  }

  /** In a word, and no more: what the room's code says of itself is its author's business. */
  private void tellIfFailed(HookCall.Message call, HookResult result) {
    SessionLine sessionLine = line;
    if (sessionLine != null && sessionLine.tellsFailures() && !closing.get()) {
      CloseReason.failureOf(result).ifPresent(why -> tell(ServerFrames.failed(call.number(), why)));
    }
  }

  @Override
  public void readOn() {
    heard = System.nanoTime(); // whoever was not listened to has not been silent
    session.demand();
  }

  @Override
  public void handedIn() {
    CloseStatus closedMeanwhile;
    synchronized (this) {
      closedMeanwhile = closed;
    }
    if (closedMeanwhile != null) {
      onGone(closedMeanwhile);
    }
  }

  // Silence.

  /**
   * Asks for a sign of life after a while of silence, and ends the connection if there is none, or
   * if it does not end by itself after it was closed. Called by one thread, at least every {@code
   * SilenceWatch.PARTS}th part of a ping, so that whoever is lost has gone within two pings.
   */
  @Override
  public boolean look(long now) {
    if (isGraceOver(now)) {
      returnFromAway(new CloseStatus(CloseStatus.ABNORMAL, ""));
      return true;
    }
    long patience = environment.settings().patience().toNanos();
    if (isAway()) {
      return false; // there is no socket to look at
    }
    if (line != null && !line.hasBegun() && now - beganAt >= patience) {
      close(CloseReason.sayNothing(environment.settings().patience()));
    }
    long patienceWithClose = makesRoom ? Math.min(patience, DEAF.toNanos()) : patience;
    if (lost || session.isCloseOverdue(now, patienceWithClose) || session.isStuck(now, patience)) {
      session.abort();
      return true;
    }
    boolean isComing;
    synchronized (this) {
      if (closed != null || closing.get()) {
        return false; // it is on its way out
      }
      isComing =
          state == State.RESUMING || (state == State.JOINING && (line == null || line.hasBegun()));
    }
    if (isComing || backlog.isPaused()) {
      long since = isComing ? beganAt : backlog.since();
      boolean isDeaf = now - since >= DEAF.toNanos();
      if (isDeaf) {
        // Who is gone without having been read to the end is found out by writing, and only so.
        session.ping();
      }
      return isDeaf;
    }
    boolean hasMore = session.hasMore(now, DEAF.toNanos());
    if (hasMore) {
      session.ping(); // as above; it may also have said just as much as a read brings, and no more
    }
    return askForLife(now) || hasMore;
  }

  private boolean askForLife(long now) {
    long ping = environment.settings().ping().toNanos();
    long part = ping / SilenceWatch.PARTS;
    // It has had the time to answer: since it was asked, and since it is listened to.
    if (pinged && now - pingedAt >= ping - 2 * part && now - heard >= ping - 2 * part) {
      lost = true; // the reason gets its chance to arrive; the next look ends it in any case
      close(CloseReason.silent(environment.settings().ping()));
      return true;
    }
    if (!pinged && now - heard >= ping - part) {
      pingedAt = now;
      pinged = true;
      session.ping();
      return true;
    }
    return false;
  }

  // Leaving.

  @Override
  public void onClosed(CloseStatus closeStatus) {
    environment.listener().closed(closeStatus.code());
    allowance.release();
    closing.set(true);
    assembler.drop();
    backlog.dropWaiting();
    if (line != null) {
      line.end();
    }
    synchronized (this) {
      closed = closeStatus;
    }
    if (backlog.end()) {
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
      case JOINED -> leaveOrGoAway(closeStatus);
      case OVER -> over();
      case RESUMING, AWAY -> {} // it is not known yet whether it goes on; it was closed before
      case JOINING -> {
        // A join that has its turn already ends later, and then finds the connection closed.
        if (joinThen == null) {
          over(); // it has not said how it begins
        } else if (joinThen.withdraw()) {
          environment.rooms().detach(address, id);
          over();
        }
      }
    }
  }

  /** The socket is gone: a session may stay in its room without one, for a while. */
  private void leaveOrGoAway(CloseStatus status) {
    SessionLine sessionLine = line;
    CloseStatus ended;
    synchronized (this) {
      ended = dismissed;
    }
    boolean isBreak = status.code() == CloseStatus.ABNORMAL || mayComeBack;
    if (sessionLine == null || ended != null || !isBreak || !sessionLine.isConfirmed()) {
      leave(ended == null ? status : ended);
    } else if (handedOver) {
      over();
    } else if (ends || !environment.sessions().tryGoAway(address.service())) {
      leave(status);
    } else {
      goAway();
    }
  }

  private void goAway() {
    boolean isReplaced;
    CloseStatus ended;
    synchronized (this) {
      isReplaced = state != State.JOINED;
      if (!isReplaced) {
        state = State.AWAY;
        awaySince = System.nanoTime();
      }
      ended = dismissed;
    }
    if (isReplaced) {
      environment.sessions().isBack(address.service());
      over();
    } else if (ended != null) {
      returnFromAway(ended);
    } else if (ends) {
      returnFromAway(CloseReason.shutdown().status());
    }
  }

  private synchronized boolean isAway() {
    return state == State.AWAY;
  }

  private synchronized boolean isGraceOver(long now) {
    return state == State.AWAY && now - awaySince >= grace().toNanos();
  }

  /** A session that is away is so no longer, and not because it has gone on. */
  private void returnFromAway(CloseStatus status) {
    synchronized (this) {
      if (state != State.AWAY) {
        return;
      }
      state = State.JOINED;
    }
    environment.sessions().isBack(address.service());
    if (handedOver) {
      over();
    } else {
      leave(status);
    }
  }

  private void leave(CloseStatus status) {
    boolean isReplaced;
    synchronized (this) {
      isReplaced = state == State.OVER;
      state = State.OVER;
    }
    if (isReplaced) { // another goes on in its place
      over();
      return;
    }
    backlog.withdrawLast();
    Submission submitted =
        submit(
            new HookCall.Leave(address, id, status.code(), status.reason(), identity),
            Submission.FOREVER,
            new LeaveEnd(this, environment.tracer().came(address.service(), Hook.ON_LEAVE, 0)));
    synchronized (this) {
      leave = submitted;
    }
  }

  /** What follows on {@code onLeave}. */
  private record LeaveEnd(RoomSocket socket, @Nullable CallTrace trace)
      implements Submission.Listener {
    @Override
    public void ended(HookResult result) {
      if (trace != null) {
        trace.ended(result);
      }
      socket.over();
    }

    @Override
    public void notRun(SandboxException reason) {
      if (trace != null) {
        trace.notRun(reason);
      }
      socket.over();
    }
  }

  private void over() {
    environment.open().remove(this);
    gone.complete(null);
  }
}
