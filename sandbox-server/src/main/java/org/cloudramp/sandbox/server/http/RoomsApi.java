package org.cloudramp.sandbox.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.access.Caller;
import org.cloudramp.sandbox.server.token.Scope;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rooms in which this server has connections: which there are, who is in them, to say something
 * there, and to close connections. What changes something leaves a line in the log {@code
 * org.cloudramp.sandbox.audit}.
 */
public final class RoomsApi implements AutoCloseable {
  private static final Logger audit = LoggerFactory.getLogger("org.cloudramp.sandbox.audit");

  private static final String ROOMS = Answer.API + "services/{service}/rooms";
  private static final String ROOM = ROOMS + "/{room}";

  private static final int THREADS = 2;
  private static final int MAX_WAITING = 64;
  private static final int MAX_WAITING_PER_SERVICE = 8;

  private final ConnectedRooms rooms;
  private final int maxBytes;
  private final Uploads messages;

  /** Whoever lists looks at each connection, which is no work for a thread that serves others. */
  private final Turns lists = new Turns("rooms", THREADS, MAX_WAITING, MAX_WAITING_PER_SERVICE);

  /**
   * @param maxBytes of something that is said into a room
   * @param patience how long that may take to come
   */
  public RoomsApi(ConnectedRooms rooms, int maxBytes, Duration patience) {
    this.rooms = rooms;
    this.maxBytes = maxBytes;
    this.messages = new Uploads(maxBytes, patience);
  }

  List<Route> routes() {
    return List.of(
        Route.of(HttpMethod.GET, ROOMS, Needs.READ, this::list, "after", "limit"),
        Route.of(HttpMethod.GET, ROOM, Needs.READ, this::members, "after", "limit"),
        Route.of(HttpMethod.POST, ROOM + "/messages", Needs.DEPLOY, this::say),
        Route.of(
            HttpMethod.DELETE,
            ROOM + "/connections",
            Needs.DEPLOY,
            request -> close(request, Optional.empty()),
            "code",
            "reason"),
        Route.of(
            HttpMethod.DELETE,
            ROOM + "/connections/{connection}",
            Needs.DEPLOY,
            request -> close(request, Optional.of(request.connection())),
            "code",
            "reason"));
  }

  /** Ends the threads. Idempotent. */
  @Override
  public void close() {
    lists.close();
  }

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record RoomList(String service, List<RoomCount> rooms, @Nullable String next) {}

  record RoomCount(String room, int members) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record MemberList(
      String service, String room, int count, List<Member> members, @Nullable String next) {}

  /**
   * A member.
   *
   * @param user null if nobody has said who it is
   * @param info JSON as the host was given it, as a text; null for none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Member(String connection, @Nullable String user, @Nullable String info) {}

  record Said(String service, String room, int members) {}

  record Closed(String service, String room, int closed) {}

  private void list(ApiRequest request) {
    ServiceId service = request.service();
    Optional<RoomId> after = request.named("after", RoomId::new);
    int limit = request.limit();
    inTurn(
        request,
        () -> {
          List<RoomCount> found =
              rooms.rooms(service, after, limit).stream()
                  .map(room -> new RoomCount(room.room().value(), room.members()))
                  .toList();
          String next = found.size() == limit ? found.get(limit - 1).room() : null;
          request.ok(new RoomList(service.value(), found, next));
        });
  }

  private void members(ApiRequest request) {
    RoomAddress room = request.room();
    Optional<ConnectionId> after = request.named("after", ConnectionId::new);
    int limit = request.limit();
    inTurn(
        request,
        () -> {
          int count = rooms.count(room);
          if (count == 0) {
            notHere(request, "nobody", room);
            return;
          }
          List<Member> found =
              rooms.members(room, after, limit).stream().map(RoomsApi::member).toList();
          String next = found.size() == limit ? found.get(limit - 1).connection() : null;
          request.ok(
              new MemberList(room.service().value(), room.room().value(), count, found, next));
        });
  }

  private static Member member(ConnectedRooms.Member member) {
    return new Member(
        member.connection().value(),
        textOrNull(member.identity().user()),
        textOrNull(member.identity().info()));
  }

  private static @Nullable String textOrNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private void inTurn(ApiRequest request, Runnable answer) {
    boolean taken =
        lists.offer(Optional.of(request.service()), () -> Failures.answered(request, answer));
    if (!taken) {
      request.busy();
    }
  }

  private void close(ApiRequest request, Optional<ConnectionId> which) {
    RoomAddress room = request.room();
    CloseFrame frame = request.closeFrame();
    Caller caller = request.caller();
    inTurn(
        request,
        () -> {
          if (!may(caller, room, request)) {
            return;
          }
          int closed = rooms.close(room, which, frame);
          if (closed == 0) {
            notHere(
                request,
                which.map(id -> "no connection '%s'".formatted(id)).orElse("nobody"),
                room);
            return;
          }
          audit.info(
              "close: {} has closed {} connections in {} with {}",
              caller,
              closed,
              room,
              frame.code());
          request.ok(new Closed(room.service().value(), room.room().value(), closed));
        });
  }

  private static boolean may(Caller caller, RoomAddress room, ApiRequest request) {
    Scope needed = Scope.deploy(room.service());
    if (caller.may(needed)) {
      return true;
    }
    Answer.missing(needed, request.response(), request.callback());
    return false;
  }

  /** Other servers may have members of that room, of whom this one does not know. */
  private static void notHere(ApiRequest request, String who, RoomAddress room) {
    request.fail(
        HttpStatus.NOT_FOUND_404,
        "not_found",
        "%s is in room '%s' of service '%s' on this server"
            .formatted(who, room.room(), room.service()));
  }

  private void say(ApiRequest request) {
    RoomAddress room = request.room();
    Payload.Kind kind = kindOf(request.http().getHeaders().get(HttpHeader.CONTENT_TYPE));
    if (request.http().getHeaders().contains(HttpHeader.CONTENT_ENCODING)) {
      throw new BadRequestException("a message is sent as it is, without a Content-Encoding");
    }
    messages.read(
        request.http(),
        new Uploads.Receiver() {
          @Override
          public void received(Uploads.Upload upload) {
            Failures.answered(
                request,
                () -> {
                  try (upload) {
                    say(request, room, payload(kind, upload.bytes()));
                  }
                });
          }

          @Override
          public void refused(Uploads.Refusal refusal) {
            request.refuse(
                refusal,
                "a message takes at most %d bytes (sandbox.server.messageBytes)"
                    .formatted(maxBytes),
                "the message came too slowly, and was given up");
          }

          @Override
          public void failed(Throwable failure) {
            request.callback().failed(failure);
          }
        });
  }

  private void say(ApiRequest request, RoomAddress room, Payload payload) {
    Caller caller = request.caller();
    if (!may(caller, room, request)) {
      return;
    }
    int members = rooms.count(room);
    if (members == 0) {
      notHere(request, "nobody", room);
      return;
    }
    CompletionStage<Void> unused =
        rooms
            .say(room, payload)
            .whenComplete(
                (said, failure) -> {
                  if (failure != null) {
                    Failures.answer(request, cause(failure));
                    return;
                  }
                  audit.info(
                      "say: {} has said {} bytes into {}", caller, payload.bytes().size(), room);
                  request.ok(new Said(room.service().value(), room.room().value(), members));
                });
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** What is said as text, or as bytes. */
  private static Payload.Kind kindOf(@Nullable String contentType) {
    String type =
        contentType == null ? "" : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (type.startsWith("text/") || type.equals("application/json")) {
      return Payload.Kind.TEXT;
    }
    if (type.equals("application/octet-stream")) {
      return Payload.Kind.BINARY;
    }
    throw new BadRequestException(
        "the Content-Type of a message is text/plain or application/json for text, or application/octet-stream for binary");
  }

  private static Payload payload(Payload.Kind kind, byte[] bytes) {
    if (kind == Payload.Kind.BINARY) {
      return Payload.binary(bytes);
    }
    try {
      return Payload.text(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      throw new BadRequestException("the message is not UTF-8");
    }
  }
}
