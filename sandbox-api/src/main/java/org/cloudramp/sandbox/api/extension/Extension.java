package org.cloudramp.sandbox.api.extension;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.HookListener;

/**
 * A part that the host itself adds to its sandbox, in one registration: what guests can call, and
 * who is told of hooks. Methods that later versions add are default methods.
 *
 * <p>An extension is trusted, because the host registers it by hand and no setting can name it:
 *
 * <ol>
 *   <li>Every service may import its functions; no permission is needed, and none can be set.
 *   <li>Its functions run on the threads that run guests, so they must not wait.
 *   <li>The names of its functions' modules are taken: a plugin of the same name is refused.
 * </ol>
 */
public interface Extension {
  /** The modules that guests can import, such as {@code room}. Asked once. */
  default List<HostFunctionProvider> functions() {
    return List.of();
  }

  /** Who is told of every hook of the sandbox. Asked once. */
  default Optional<HookListener> listener() {
    return Optional.empty();
  }

  /** Who is told what happens in rooms of many servers. Asked once. */
  @Experimental
  default Optional<RoomFollower> follower() {
    return Optional.empty();
  }

  /**
   * Whether hooks have run in a room before, for somebody who is still in it or whose leave runs
   * now. Where that is so, a guest that gets new memory is told that it woke up without what it
   * remembered; where no extension says so, that the room is new. Asked in the room's order, before
   * {@code onStart}, by a thread that runs guests: it must be quick and must not throw.
   */
  default boolean isInUse(RoomAddress room) {
    return false;
  }

  /**
   * The sandbox is made, and takes calls as soon as this returns.
   *
   * @param order runs what the extension has to do in a room in that room's order
   */
  default void start(RoomOrder order) {}
}
