package org.cloudramp.sandbox.server.rooms;

import com.github.benmanes.caffeine.cache.Interner;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.server.access.Addresses;
import org.cloudramp.sandbox.server.access.Origins;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.cloudramp.sandbox.server.http.Answer;
import org.cloudramp.sandbox.server.http.ConnectedRooms;
import org.cloudramp.sandbox.server.jointoken.JoinDecision;
import org.cloudramp.sandbox.server.jointoken.JoinPolicy;
import org.cloudramp.sandbox.server.loop.Conversation;
import org.cloudramp.sandbox.server.loop.EventLoops;
import org.cloudramp.sandbox.server.observe.Usage;
import org.cloudramp.sandbox.server.rate.Excess;
import org.cloudramp.sandbox.server.rate.RateLimits;
import org.cloudramp.sandbox.server.session.ServerFrames;
import org.cloudramp.sandbox.server.websocket.Handshake;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code /rooms/{service}/{room}}: checks who asks and for what, and makes the WebSocket of
 * one connection. What is asked below that is the room's to {@linkplain RoomRequests answer}.
 * Thread-safe.
 */
public final class RoomsEndpoint extends Handler.Abstract.NonBlocking implements ConnectedRooms {
  private static final Logger log = LoggerFactory.getLogger(RoomsEndpoint.class);

  /** Where rooms are; their paths are compared as they were sent. */
  public static final String PREFIX = RoomPath.PREFIX;

  /** Over how much time sessions are closed when the server stops. */
  private static final Duration HAND_OVER = Duration.ofSeconds(3);

  private static final Duration HAND_OVER_STEP = Duration.ofMillis(50);

  private final EventLoops loops;
  private final Entrances entrances;
  private final Origins origins;
  private final JoinPolicy policy;
  private final RateLimits rates;
  private final TooFast tooFast;
  private final ServerSettings settings;
  private final UnfinishedMessages unfinished;
  private final QueuedMessages queued;
  private final OutgoingBytes outgoing;
  private final Sessions sessions;
  private final RoomSocket.Environment environment;
  private final Set<RoomSocket> open = ConcurrentHashMap.newKeySet();
  private final Set<TurnedAway> turnedAway = ConcurrentHashMap.newKeySet();
  private final SilenceWatch silence;
  private final RoomRequests requests;

  /** Those who are in one room share its address: two names a member are most of a small room. */
  private final Interner<RoomAddress> addresses = Interner.newWeakInterner();

  private volatile boolean closing;

  /**
   * An endpoint without connections.
   *
   * @param loops carry the connections
   * @param policy says who may join, before a room is asked
   * @param listener told of them
   * @param sent told of what is sent to them
   * @param tracer chooses which calls of theirs, and which requests, are followed
   */
  public RoomsEndpoint(
      Sandbox sandbox,
      Rooms rooms,
      ServerSettings settings,
      EventLoops loops,
      JoinPolicy policy,
      ConnectionListener listener,
      SentBytes sent,
      CallTracer tracer) {
    this.loops = loops;
    this.entrances = new Entrances(sandbox.operator()::hasSeen);
    this.settings = settings;
    this.policy = policy;
    this.rates = new RateLimits(settings.rates());
    this.tooFast = new TooFast(listener);
    this.origins = new Origins(settings.origins());
    this.unfinished = new UnfinishedMessages(settings.unfinishedBytes(), settings.patience());
    this.queued = new QueuedMessages(settings.queuedBytes());
    this.outgoing = new OutgoingBytes(settings.outgoingBytes(), open);
    this.sessions = new Sessions(settings.awaySessions());
    this.environment =
        new RoomSocket.Environment(
            sandbox,
            rooms,
            new SharedFrames(),
            unfinished,
            queued,
            outgoing,
            settings,
            open,
            sessions,
            tooFast,
            listener,
            sent,
            tracer);
    this.requests = new RoomRequests(sandbox, policy, settings, rates, tooFast, queued, tracer);
    this.silence = new SilenceWatch(List.of(open, turnedAway), settings);
  }

  /** Answers what asks for a room, and leaves other requests to other handlers. */
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!request.getHttpURI().getCanonicalPath().startsWith(RoomPath.PREFIX)) {
      return false;
    }
    Optional<Handshake> handshake = Handshake.of(request);
    Optional<RoomPath.Below> below = RoomPath.below(request.getHttpURI().getPathQuery());
    if (handshake.isEmpty() && below.isPresent()) {
      ask(below.get(), request, response, callback);
    } else if (handshake.isEmpty()) {
      answerPlainly(request, response, callback);
    } else if (closing) {
      Answer.text(
          response, callback, HttpStatus.SERVICE_UNAVAILABLE_503, CloseReason.shutdown().reason());
    } else if (!origins.allow(request)) {
      Answer.text(
          response,
          callback,
          HttpStatus.FORBIDDEN_403,
          "pages of this origin may not open rooms here (sandbox.server.origins)");
    } else {
      upgrade(handshake.get(), request, response, callback);
    }
    return true;
  }

  /** Somebody asks a room without joining it. */
  private void ask(RoomPath.Below below, Request request, Response response, Callback callback) {
    if (closing) {
      Answer.failure(
          response,
          callback,
          HttpStatus.SERVICE_UNAVAILABLE_503,
          "busy",
          CloseReason.shutdown().reason());
    } else if (!origins.allow(request)) {
      Answer.failure(
          response,
          callback,
          HttpStatus.FORBIDDEN_403,
          "denied",
          "pages of this origin may not ask rooms here (sandbox.server.origins)");
    } else {
      requests.answer(addresses.intern(below.room()), below.path(), request, response, callback);
    }
  }

  private void upgrade(Handshake handshake, Request request, Response response, Callback callback) {
    String path = request.getHttpURI().getPath();
    List<String> offered = handshake.subprotocols();
    Optional<String> session =
        offered.contains(ServerFrames.SUBPROTOCOL)
            ? Optional.of(ServerFrames.SUBPROTOCOL)
            : Optional.empty();
    Optional<String> ofRoom =
        settings
            .subprotocols()
            .choose(RoomPath.serviceIn(path), offered)
            .or(() -> BroughtTokens.answerTo(offered));
    RoomAddress address;
    try {
      address = addresses.intern(RoomPath.address(path));
    } catch (IllegalArgumentException e) {
      // One of those that were offered: with none a browser fails, and its page reads no reason.
      handshake.accept(response, session.or(() -> ofRoom));
      CloseReason why = CloseReason.noRoomThere(String.valueOf(e.getMessage()));
      enter(Optional.empty(), () -> turnedAway(why), request, response, callback);
      return;
    }
    boolean isSession =
        session.isPresent() && !environment.rooms().sessions(address).grace().isZero();
    handshake.accept(response, isSession ? session : ofRoom);
    enter(
        Optional.of(address),
        () ->
            conversation(
                address, Addresses.counted(request), BroughtTokens.of(request, offered), isSession),
        request,
        response,
        callback);
  }

  /** What somebody has who asks for a room: a place on the way into it, or a word why not. */
  private Conversation conversation(
      RoomAddress address, @Nullable Object client, List<String> tokens, boolean isSession) {
    Optional<Excess> excess = rates.takeJoin(client);
    if (excess.isPresent()) {
      return turnedAway(excess.get(), address);
    }
    JoinDecision decision = policy.decide(address, tokens);
    if (decision instanceof JoinDecision.Admitted admitted) {
      Identity identity = admitted.identity();
      Optional<Excess> ofKnown = rates.takeJoin(address.service(), identity);
      return ofKnown.isPresent()
          ? turnedAway(ofKnown.get(), address)
          : new RoomSocket(
                  address,
                  sessions.newId(),
                  identity,
                  rates.allowance(client, address.service(), identity),
                  environment,
                  isSession)
              .conversation();
    }
    return turnedAway(
        decision instanceof JoinDecision.Refused refused
            ? CloseReason.noValidToken(refused.reason())
            : CloseReason.undecided(((JoinDecision.Undecided) decision).reason()));
  }

  private Conversation turnedAway(Excess excess, RoomAddress address) {
    tooFast.tell(excess, address);
    return turnedAway(CloseReason.tooFast(excess));
  }

  private Conversation turnedAway(CloseReason why) {
    return new TurnedAway(why, settings.patience(), turnedAway)
        .conversation(settings.messageBytes());
  }

  /** Answers the handshake when it is its turn. */
  private void enter(
      Optional<RoomAddress> room,
      Supplier<Conversation> conversation,
      Request request,
      Response response,
      Callback callback) {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    Executor executor = request.getConnectionMetaData().getConnector().getExecutor();
    entrances.enter(
        room.map(RoomAddress::service),
        whenIn -> {
          Callback answered =
              Callback.from(
                  callback::succeeded,
                  failure -> {
                    whenIn.run();
                    callback.failed(failure);
                  });
          try {
            request.setAttribute(
                HttpStream.UPGRADE_CONNECTION_ATTRIBUTE,
                loops.connection(room, endPoint, executor, conversation.get(), whenIn));
            response.write(true, null, answered);
          } catch (Throwable e) { // a defect of ours, or no memory: others are let in all the same
            answered.failed(e);
          }
        },
        executor);
  }

  /** The answer to a request that is no handshake of a WebSocket. */
  private static void answerPlainly(Request request, Response response, Callback callback) {
    try {
      RoomAddress unused = RoomPath.address(request.getHttpURI().getPath());
    } catch (IllegalArgumentException e) {
      Answer.text(response, callback, HttpStatus.BAD_REQUEST_400, String.valueOf(e.getMessage()));
      return;
    }
    response.getHeaders().put("Upgrade", "websocket");
    Answer.text(response, callback, HttpStatus.UPGRADE_REQUIRED_426, "rooms are for WebSockets");
  }

  /** Counts answers to requests among what waits to be sent to all connections. */
  public Handler.Wrapper countingAnswers(Handler handler) {
    return new CountedAnswers(handler, outgoing);
  }

  /** What the connections of all services hold together, by the setting that bounds it. */
  public Map<String, Usage> usage() {
    return Map.of(
        "unfinishedBytes", new Usage(unfinished.bytes(), unfinished.maxBytes()),
        "awaySessions", new Usage(sessions.away(), sessions.maxAway()),
        "queuedBytes", new Usage(queued.bytes(), queued.maxBytes()),
        "outgoingBytes", new Usage(outgoing.bytes(), outgoing.maxBytes()));
  }

  @Override
  public List<Occupied> rooms(ServiceId service, Optional<RoomId> after, int most) {
    SortedMap<String, Integer> rooms = new TreeMap<>();
    for (RoomSocket socket : open) {
      if (socket.address().service().equals(service) && socket.isMember()) {
        rooms.merge(socket.address().room().value(), 1, Integer::sum);
      }
    }
    return rooms.entrySet().stream()
        .filter(room -> isBehind(room.getKey(), after.map(RoomId::value)))
        .limit(most)
        .map(room -> new Occupied(new RoomId(room.getKey()), room.getValue()))
        .toList();
  }

  @Override
  public List<Member> members(RoomAddress room, Optional<ConnectionId> after, int most) {
    return membersOf(room)
        .filter(socket -> isBehind(socket.id().value(), after.map(ConnectionId::value)))
        .sorted(Comparator.comparing(socket -> socket.id().value()))
        .limit(most)
        .map(socket -> new Member(socket.id(), socket.identity()))
        .toList();
  }

  private Stream<RoomSocket> membersOf(RoomAddress room) {
    return open.stream().filter(socket -> socket.address().equals(room) && socket.isMember());
  }

  private static boolean isBehind(String name, Optional<String> after) {
    return after.isEmpty() || name.compareTo(after.get()) > 0;
  }

  @Override
  public int count(RoomAddress room) {
    return environment.rooms().connections(room).size();
  }

  @Override
  public CompletionStage<Void> say(RoomAddress room, Payload payload) {
    return environment.rooms().say(room, payload);
  }

  @Override
  public int close(RoomAddress room, Optional<ConnectionId> which, CloseFrame frame) {
    List<RoomSocket> closed =
        membersOf(room)
            .filter(socket -> which.isEmpty() || which.get().equals(socket.id()))
            .toList();
    closed.forEach(socket -> socket.close(frame.code(), frame.reason()));
    return closed.size();
  }

  private void handOver() throws InterruptedException {
    List<RoomSocket> handedOver = open.stream().filter(RoomSocket::isSession).toList();
    Duration half = settings.shutdown().dividedBy(2);
    long spread = (half.compareTo(HAND_OVER) < 0 ? half : HAND_OVER).toMillis();
    long steps = Math.max(1, spread / HAND_OVER_STEP.toMillis());
    int each = (int) (handedOver.size() / steps) + 1;
    for (int i = 0; i < handedOver.size(); i++) {
      handedOver.get(i).shutDown();
      if ((i + 1) % each == 0) {
        Thread.sleep(HAND_OVER_STEP.toMillis());
      }
    }
  }

  /** How many connections are there. */
  public int connections() {
    return open.size();
  }

  /**
   * Lets nobody in any more, closes all connections with 1001, and waits until all have left their
   * rooms, but no longer than {@code sandbox.server.shutdown}. Sessions that can go on on another
   * server do not leave; they are closed with 1012, not all at once, so that the other servers need
   * not take all of them at once.
   */
  public void close() {
    closing = true;
    long deadline = System.nanoTime() + settings.shutdown().toNanos();
    try {
      open.stream().filter(socket -> !socket.isSession()).forEach(RoomSocket::shutDown);
      handOver();
      // Again and again, because an upgrade that was on its way may still come through.
      while (!open.isEmpty()) {
        List<RoomSocket> sockets = List.copyOf(open);
        sockets.forEach(RoomSocket::shutDown);
        CompletableFuture.allOf(
                sockets.stream().map(RoomSocket::gone).toArray(CompletableFuture[]::new))
            .get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    } catch (TimeoutException e) {
      log.warn(
          "{} connections had not left their rooms after {} (sandbox.server.shutdown)",
          open.size(),
          settings.shutdown());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new AssertionError("connections always go without an error", e);
    } finally {
      turnedAway.forEach(TurnedAway::drop);
      silence.close();
    }
  }
}
