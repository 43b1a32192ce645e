package org.cloudramp.sandbox.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.HeldKeys;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.core.LoggedEntry;
import org.cloudramp.sandbox.core.RoomInspection;
import org.eclipse.jetty.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/**
 * What rooms hold in the KV store: keys, timers, and the last entries of their logs. Also of rooms
 * that nobody is in, and of those whose connections are on other servers.
 */
public final class RoomContentsApi implements AutoCloseable {
  private static final String ROOM = Answer.API + "services/{service}/rooms/{room}/";

  /** What is read of a log for one answer. */
  private static final long MAX_LOG_BYTES = 1 << 20;

  private static final int THREADS = 2;
  private static final int MAX_WAITING = 32;
  private static final int MAX_WAITING_PER_SERVICE = 8;

  private final RoomInspection rooms;

  /** A store may be slow, and whoever looks often must not keep it from those who run hooks. */
  private final Turns looks = new Turns("contents", THREADS, MAX_WAITING, MAX_WAITING_PER_SERVICE);

  /**
   * @param rooms asked for everything
   */
  public RoomContentsApi(RoomInspection rooms) {
    this.rooms = rooms;
  }

  List<Route> routes() {
    return List.of(
        Route.of(HttpMethod.GET, ROOM + "keys", Needs.READ, this::keys, "after", "limit"),
        Route.of(HttpMethod.GET, ROOM + "timers", Needs.READ, this::timers, "limit"),
        Route.of(HttpMethod.GET, ROOM + "log", Needs.READ, this::log, "limit"));
  }

  /** Ends the threads. Idempotent. */
  @Override
  public void close() {
    looks.close();
  }

  /**
   * Keys.
   *
   * @param count of the whole room
   * @param bytes that all of them count
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Keys(
      String service, String room, long count, long bytes, List<Key> keys, @Nullable String next) {}

  /**
   * A key.
   *
   * @param millisLeft null if it stays until it is deleted
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Key(String key, ContentJson value, @Nullable Long millisLeft) {
    static Key of(HeldKeys.HeldKey key) {
      return new Key(
          key.name(),
          ContentJson.of(key.beginning(), key.size()),
          key.timeToLive().isEmpty() ? null : key.timeToLive().get().toMillis());
    }
  }

  record Timers(String service, String room, List<Timer> timers) {}

  /**
   * A timer.
   *
   * @param due as ISO 8601
   * @param attempt how often it has been tried in vain
   */
  record Timer(String name, String due, int attempt) {
    static Timer of(RoomTimer timer) {
      return new Timer(timer.name(), timer.due().toString(), timer.attempt());
    }
  }

  /**
   * The last of a log.
   *
   * @param epoch null if the room has no log now
   * @param end the offset of the last entry
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Log(String service, String room, @Nullable String epoch, long end, List<Entry> entries) {}

  /**
   * An entry of a log.
   *
   * @param what {@code effect}, {@code joined}, {@code left}, {@code resumed}, {@code state}, or
   *     {@code unknown} for what this server cannot read
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Entry(
      long offset,
      String time,
      String what,
      @Nullable String function,
      @Nullable List<@Nullable Object> arguments,
      @Nullable String connection,
      @Nullable String user,
      @Nullable String info,
      @Nullable String state) {
    static Entry of(LoggedEntry entry) {
      LoggedEntry.Content content = entry.content();
      if (content instanceof LoggedEntry.Effect effect) {
        List<@Nullable Object> arguments = new ArrayList<>();
        effect.arguments().forEach(each -> arguments.add(ContentJson.ofArgument(each)));
        return of(entry, "effect", effect.function(), arguments, null, null, null, null);
      }
      if (content instanceof LoggedEntry.Joined joined) {
        return of(
            entry,
            "joined",
            null,
            null,
            joined.connection(),
            cutOrNull(joined.identity().user()),
            cutOrNull(joined.identity().info()),
            null);
      }
      if (content instanceof LoggedEntry.Left left) {
        return of(entry, "left", null, null, left.connection(), null, null, null);
      }
      if (content instanceof LoggedEntry.Resumed resumed) {
        return of(entry, "resumed", null, null, resumed.connection(), null, null, null);
      }
      if (content instanceof LoggedEntry.StateChanged changed) {
        return of(
            entry,
            "state",
            null,
            null,
            changed.connection(),
            null,
            null,
            ContentJson.cut(changed.state()));
      }
      return of(entry, "unknown", null, null, null, null, null, null);
    }

    private static Entry of(
        LoggedEntry entry,
        String what,
        @Nullable String function,
        @Nullable List<@Nullable Object> arguments,
        @Nullable ConnectionId connection,
        @Nullable String user,
        @Nullable String info,
        @Nullable String state) {
      return new Entry(
          entry.offset(),
          entry.time().toString(),
          what,
          function,
          arguments,
          connection == null ? null : connection.value(),
          user,
          info,
          state);
    }

    private static @Nullable String cutOrNull(String text) {
      return text.isEmpty() ? null : ContentJson.cut(text);
    }
  }

  private void keys(ApiRequest request) {
    RoomAddress room = request.room();
    Optional<String> after = request.text("after");
    int limit = request.limit();
    answer(
        request,
        () -> rooms.keys(room, after, limit, ContentJson.MAX_BYTES),
        found -> {
          List<Key> keys = found.keys().stream().map(Key::of).toList();
          return new Keys(
              room.service().value(),
              room.room().value(),
              found.count(),
              found.bytes(),
              keys,
              found.hasMore() && !keys.isEmpty() ? keys.get(keys.size() - 1).key() : null);
        });
  }

  private void timers(ApiRequest request) {
    RoomAddress room = request.room();
    int limit = request.limit();
    answer(
        request,
        () -> rooms.timers(room, limit),
        found ->
            new Timers(
                room.service().value(),
                room.room().value(),
                found.stream().map(Timer::of).toList()));
  }

  private void log(ApiRequest request) {
    RoomAddress room = request.room();
    int limit = request.limit();
    answer(
        request,
        () -> rooms.lastEntries(room, limit, MAX_LOG_BYTES),
        last ->
            new Log(
                room.service().value(),
                room.room().value(),
                last.end().epoch().isEmpty() ? null : last.end().epoch(),
                last.end().offset(),
                last.entries().stream().map(Entry::of).toList()));
  }

  /** Asks when it is the service's turn, and waits for the store, which gives up in time. */
  private <T> void answer(
      ApiRequest request, Supplier<CompletionStage<T>> question, Function<T, Object> meaning) {
    boolean taken =
        looks.offer(
            Optional.of(request.service()),
            () ->
                Failures.answered(
                    request,
                    () -> {
                      T found;
                      try {
                        found = question.get().toCompletableFuture().join();
                      } catch (CompletionException e) {
                        Failures.answer(request, e.getCause() == null ? e : e.getCause());
                        return;
                      }
                      request.ok(meaning.apply(found));
                    }));
    if (!taken) {
      request.busy();
    }
  }
}
