package org.cloudramp.sandbox.api.kv;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;

/**
 * What was appended to rooms, in order, for a while: the part of a {@link KvStore} that tells all
 * processes the same. Entries come with {@link KvTransaction#appends}, in the commit of the writes
 * that belong to them. Thread-safe; no method blocks, and stages complete and fail as those of
 * {@link KvStore} do.
 *
 * <ol>
 *   <li>The entries of a room have offsets without holes, in the order of its commits, the same for
 *       all who read or follow.
 *   <li>A commit's entries are appended if and only if its writes happen, and once, however often
 *       the commit is asked for.
 *   <li>The log keeps at least the newest entries that its {@link LogWindow} allows, and that the
 *       quota of the service leaves bytes for. Who asks for older ones is told of a gap, and never
 *       gets a part.
 *   <li>A log that was lost begins again under another epoch.
 *   <li>A log that went back, and on with other entries, is a gap to whoever has a position in what
 *       it has lost: a store that can go back gives each position a {@linkplain LogPosition#stamp
 *       stamp}.
 *   <li>Of another room, of whichever service, nobody sees anything.
 * </ol>
 */
@Experimental
public interface RoomLog {
  /**
   * Where the room's log ends, and who is in the room, at one moment; begins a log if there is
   * none. The position stays good for the age of the window, and longer while somebody follows or
   * appends.
   */
  CompletionStage<OpenedRoom> open(RoomAddress address);

  /**
   * One who is in the room now; empty if there is nobody of that name, whatever that is. Begins
   * nothing. Unless it is overridden, the room is {@linkplain #open opened} for it.
   */
  default CompletionStage<Optional<RosterEntry>> member(RoomAddress address, String member) {
    return open(address)
        .thenApply(
            room ->
                room.roster().entries().stream()
                    .filter(entry -> entry.member().equals(member))
                    .findFirst());
  }

  /**
   * What comes after a position.
   *
   * @param after with a stamp, its last bits, or none: whoever knows none takes the entry that is
   *     there now for the one it was
   * @param most how many entries at most; positive
   * @return a page, which may be empty; a gap if not all that came after the position is there, or
   *     something else than came before it
   */
  CompletionStage<LogRead> read(RoomAddress address, LogPosition after, int most);

  /**
   * Follows a room. The listener hears of everything that comes after a position, what is there
   * already first. While the store cannot be reached the listener hears nothing, and afterwards
   * what it has missed. Nothing is missed without being noticed: neither what was lost on the way,
   * nor a log that was.
   *
   * @param after where to begin, such as {@link #open} gives; {@link LogPosition#none} to be told
   *     of a gap first
   * @throws StoreException of kind quota if this process follows as many rooms as it may
   */
  LogSubscription follow(RoomAddress address, LogPosition after, LogListener listener);
}
