package org.cloudramp.sandbox.server.rooms;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.server.access.Origins;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.cloudramp.sandbox.server.http.Answer;
import org.cloudramp.sandbox.server.jointoken.JoinDecision;
import org.cloudramp.sandbox.server.jointoken.JoinPolicy;
import org.cloudramp.sandbox.server.loop.EventLoops;
import org.cloudramp.sandbox.server.observe.Usage;
import org.cloudramp.sandbox.server.websocket.Handshake;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code /rooms/{service}/{room}}: checks who asks and for what, and makes the WebSocket of
 * one connection. Thread-safe.
 */
public final class RoomsEndpoint extends Handler.Abstract.NonBlocking {
  private static final Logger log = LoggerFactory.getLogger(RoomsEndpoint.class);

  /** Where rooms are; their paths are compared as they were sent. */
  public static final String PREFIX = RoomPath.PREFIX;

  /** Bytes of randomness in a connection's id: too many to guess one that exists. */
  private static final int ID_BYTES = 16;

  private final EventLoops loops;
  private final Origins origins;
  private final JoinPolicy policy;
  private final ServerSettings settings;
  private final UnfinishedMessages unfinished;
  private final QueuedMessages queued;
  private final OutgoingBytes outgoing;
  private final RoomSocket.Environment environment;
  private final Set<RoomSocket> open = ConcurrentHashMap.newKeySet();
  private final Set<TurnedAway> turnedAway = ConcurrentHashMap.newKeySet();
  private final SilenceWatch silence;
  private final SecureRandom random = new SecureRandom();
  private volatile boolean closing;

  /**
   * An endpoint without connections.
   *
   * @param loops carry the connections
   * @param policy says who may join, before a room is asked
   */
  public RoomsEndpoint(
      Sandbox sandbox, Rooms rooms, ServerSettings settings, EventLoops loops, JoinPolicy policy) {
    this.loops = loops;
    this.settings = settings;
    this.policy = policy;
    this.origins = new Origins(settings.origins());
    this.unfinished = new UnfinishedMessages(settings.unfinishedBytes(), settings.patience());
    this.queued = new QueuedMessages(settings.queuedBytes());
    this.outgoing = new OutgoingBytes(settings.outgoingBytes(), open);
    this.environment =
        new RoomSocket.Environment(
            sandbox, rooms, new SharedFrames(), unfinished, queued, outgoing, settings, open);
    this.silence = new SilenceWatch(List.of(open, turnedAway), settings);
  }

  /** Answers what asks for a room, and leaves other requests to other handlers. */
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!request.getHttpURI().getCanonicalPath().startsWith(RoomPath.PREFIX)) {
      return false;
    }
    Optional<Handshake> handshake = Handshake.of(request);
    if (handshake.isEmpty()) {
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

  private void upgrade(Handshake handshake, Request request, Response response, Callback callback) {
    String path = request.getHttpURI().getPath();
    List<String> offered = handshake.subprotocols();
    handshake.accept(
        response,
        settings
            .subprotocols()
            .choose(RoomPath.serviceIn(path), offered)
            .or(() -> BroughtTokens.answerTo(offered)));
    request.setAttribute(
        HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, connection(path, request, offered));
    response.write(true, null, callback);
  }

  private Connection connection(String path, Request request, List<String> offered) {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    Executor executor = request.getConnectionMetaData().getConnector().getExecutor();
    RoomAddress address;
    try {
      address = RoomPath.address(path);
    } catch (IllegalArgumentException e) {
      return turnAway(CloseReason.noRoomThere(String.valueOf(e.getMessage())), endPoint, executor);
    }
    JoinDecision decision = policy.decide(address, BroughtTokens.of(request, offered));
    if (decision instanceof JoinDecision.Admitted admitted) {
      RoomSocket socket = new RoomSocket(address, newId(), admitted.identity(), environment);
      return loops.connection(address, endPoint, executor, socket.conversation());
    }
    CloseReason why =
        decision instanceof JoinDecision.Refused refused
            ? CloseReason.noValidToken(refused.reason())
            : CloseReason.undecided(((JoinDecision.Undecided) decision).reason());
    return turnAway(why, endPoint, executor);
  }

  private Connection turnAway(CloseReason why, EndPoint endPoint, Executor executor) {
    TurnedAway nobody = new TurnedAway(why, settings.patience(), turnedAway);
    return loops.roomless(endPoint, executor, nobody.conversation(settings.messageBytes()));
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

  private ConnectionId newId() {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    return new ConnectionId(Base64.getUrlEncoder().withoutPadding().encodeToString(id));
  }

  /** What the connections of all services hold together, by the setting that bounds it. */
  public Map<String, Usage> usage() {
    return Map.of(
        "unfinishedBytes", new Usage(unfinished.bytes(), unfinished.maxBytes()),
        "queuedBytes", new Usage(queued.bytes(), queued.maxBytes()),
        "outgoingBytes", new Usage(outgoing.bytes(), outgoing.maxBytes()));
  }

  /** How many connections are there. */
  public int connections() {
    return open.size();
  }

  /**
   * Lets nobody in any more, closes all connections with 1001, and waits until all have left their
   * rooms, but no longer than {@code sandbox.server.shutdown}.
   */
  public void close() {
    closing = true;
    long deadline = System.nanoTime() + settings.shutdown().toNanos();
    try {
      // Again and again, because an upgrade that was on its way may still come through.
      while (!open.isEmpty()) {
        List<RoomSocket> sockets = List.copyOf(open);
        sockets.forEach(socket -> socket.close(CloseReason.shutdown()));
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
