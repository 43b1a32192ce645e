package org.cloudramp.sandbox.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.cloudramp.sandbox.server.feed.FeedEvent;
import org.jspecify.annotations.Nullable;

/**
 * An event as it is written down. Readers ignore fields that they do not know, so fields can be
 * added.
 *
 * @param id grows from event to event of one server
 * @param kind {@code log}, {@code fault}, {@code rest} or {@code lift}
 * @param time as ISO 8601
 * @param detail the level of a line, the kind of a fault
 * @param seconds how long a rest is
 * @param text a stranger's: it may hold control characters, and is for no terminal as it is
 * @param omitted how many faults before this one were left out
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record EventJson(
    long id,
    String kind,
    String time,
    String service,
    @Nullable String version,
    @Nullable String room,
    @Nullable String hook,
    @Nullable String detail,
    @Nullable String connection,
    @Nullable Long seconds,
    String text,
    @Nullable Long omitted) {
  static EventJson of(FeedEvent event) {
    return new EventJson(
        event.number(),
        event.kind().toString(),
        event.time().toString(),
        event.service().value(),
        event.version() == null ? null : event.version().hex(),
        event.room() == null ? null : event.room().value(),
        event.hook() == null ? null : event.hook().export(),
        event.detail(),
        event.connection(),
        event.seconds(),
        event.text(),
        event.omitted() == 0 ? null : event.omitted());
  }
}
