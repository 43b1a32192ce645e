package org.cloudramp.sandbox.api.function;

import java.util.List;
import org.cloudramp.sandbox.api.plugin.Plugin;

/**
 * Adds functions that guests can call. {@link #name()} is the module they import from; the names
 * {@code kv} and {@code sandbox} are taken.
 *
 * <pre>{@code
 * public final class Leaderboard implements HostFunctionProvider {
 *   private final Map<String, Integer> points = new ConcurrentHashMap<>();
 *
 *   @Override
 *   public String name() {
 *     return "leaderboard";
 *   }
 *
 *   @Override
 *   public List<HostFunction> functions() {
 *     return List.of(
 *         effect("add").takes(STRING, I32).does((call, player, n) -> points.merge(player, n, Integer::sum)),
 *         query("of").takes(STRING).returns(I32).answers((call, player) -> points.getOrDefault(player, 0)));
 *   }
 * }
 * }</pre>
 */
public interface HostFunctionProvider extends Plugin {
  /**
   * The functions, each with a name. Asked once, after {@code start}; to describe them, without.
   */
  List<HostFunction> functions();
}
