package org.cloudramp.sandbox.core.shared;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.function.EffectFunction;
import org.cloudramp.sandbox.core.LoggedEntry;
import org.cloudramp.sandbox.core.function.FunctionCatalogue;

/** Reads entries of logs for those who look into rooms; performs nothing. Thread-safe. */
public final class EntryReader {
  private final FunctionCatalogue functions;

  /**
   * @param functions that this server has
   */
  public EntryReader(FunctionCatalogue functions) {
    this.functions = functions;
  }

  /** What an entry says. */
  public LoggedEntry.Content read(Bytes bytes) {
    try {
      return RoomEntry.read(bytes)
          .flatMap(this::content)
          .orElseGet(() -> new LoggedEntry.Unknown(bytes.size()));
    } catch (GuestException | IllegalArgumentException unreadable) {
      return new LoggedEntry.Unknown(bytes.size());
    }
  }

  private Optional<LoggedEntry.Content> content(RoomEntry entry) {
    if (entry instanceof RoomEntry.Joined joined) {
      return Optional.of(
          new LoggedEntry.Joined(joined.member().connection(), joined.member().identity()));
    }
    if (entry instanceof RoomEntry.Left left) {
      return Optional.of(new LoggedEntry.Left(left.connection()));
    }
    if (entry instanceof RoomEntry.StateChanged changed) {
      return Optional.of(new LoggedEntry.StateChanged(changed.connection(), changed.state()));
    }
    if (entry instanceof RoomEntry.Resumed resumed) {
      return Optional.of(new LoggedEntry.Resumed(resumed.connection()));
    }
    RoomEntry.Effect effect = (RoomEntry.Effect) entry;
    Optional<EffectFunction> function = functions.everywhere(effect.function());
    return function.map(
        known ->
            new LoggedEntry.Effect(effect.function(), List.of(effect.read(known.parameters()))));
  }
}
