package org.cloudramp.sandbox.core.function;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.hook.HttpAnswer;

/**
 * What a running hook grants to the host functions it calls. One thread at a time.
 *
 * <p>Its methods throw {@link org.cloudramp.sandbox.api.error.HostFunctionException} when a quota
 * of the hook is used up or the store cannot be asked: the guest gets the code and goes on.
 */
public interface HookScope extends HostCall {
  /**
   * Says whether the hook may have one more effect; to be asked before anything of it is done.
   *
   * @param size of its request, in bytes
   */
  void requireSpaceForEffect(int size);

  /** Keeps an effect for the time after the hook has succeeded. */
  void record(PendingEffect effect);

  /** How many keys one hook may name: a request for more is refused before it is read. */
  int maxKeys();

  /** What the keys hold, as this hook sees it: with its own writes. */
  List<Optional<Bytes>> read(List<String> keys);

  /** Sets a key, if the hook succeeds. */
  void put(String key, Bytes value, Optional<Duration> timeToLive);

  /**
   * Sets a key and leaves its time to live as it is, if the hook succeeds; a key that is absent is
   * made with {@code timeToLive}.
   */
  void update(String key, Bytes value, Optional<Duration> timeToLive);

  /** Removes a key, if the hook succeeds. */
  void delete(String key);

  /** Sets a timer of the room, instead of one that has the name already, if the hook succeeds. */
  void setTimer(String name, Duration delay);

  /** Cancels a timer of the room, if there is one and the hook succeeds. */
  void cancelTimer(String name);

  /** Writes a line to the log, whatever becomes of the hook. */
  void log(LogLevel level, String message);

  /** Answers the request that the hook is told of, if the hook succeeds. The last word counts. */
  void answer(HttpAnswer answer);

  /** Refuses what the hook was asked, whatever it returns. The first word of it counts. */
  void refuse(CloseFrame frame);

  /** How much a line of a guest matters. */
  enum LogLevel {
    DEBUG,
    INFO,
    WARN,
    ERROR
  }
}
