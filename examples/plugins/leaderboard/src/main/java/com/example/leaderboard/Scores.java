package com.example.leaderboard;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.hook.Emission;
import org.cloudramp.sandbox.api.plugin.PluginSettings;

/** The points of players, each service's apart: one customer must not see another's. Thread-safe. */
final class Scores {
  /** What a guest gets when it wants to add too much at a time; from 64 on codes are ours. */
  static final int TOO_MANY_POINTS = 64;

  private static final int MAX_LIST = 100;

  private final Map<ServiceId, Map<String, Integer>> services = new ConcurrentHashMap<>();
  private final int maxPoints;
  private final int maxPlayers;

  /**
   * Reads the settings {@code points} (how many may be added at a time) and {@code players} (how
   * many of a service are kept).
   */
  Scores(PluginSettings settings) {
    maxPoints = settings.integer("points", 1_000, 1, 1_000_000);
    maxPlayers = settings.integer("players", 10_000, 1, 1_000_000);
  }

  /** While the guest still waits: what its hook's events will say, or why it may not be. */
  Emission accept(String player, int points) {
    if (points < 1 || points > maxPoints) {
      throw new HostFunctionException(
          TOO_MANY_POINTS,
          "%d points cannot be added; 1 to %d can".formatted(points, maxPoints));
    }
    return Emission.of(Payload.text(player + " +" + points));
  }

  /** After the hook has succeeded. A guest can make up players, so their number has a limit. */
  void add(ServiceId service, String player, int points) {
    Map<String, Integer> players = playersOf(service);
    if (players.size() < maxPlayers || players.containsKey(player)) {
      players.merge(player, points, (a, b) -> (int) Math.min((long) a + b, Integer.MAX_VALUE));
    }
  }

  int of(ServiceId service, String player) {
    return playersOf(service).getOrDefault(player, 0);
  }

  /** The best, each as {@code name points}. */
  List<String> top(ServiceId service, int count) {
    return playersOf(service).entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()).thenComparing(Map.Entry.comparingByKey()))
        .limit(Math.max(0, Math.min(count, MAX_LIST)))
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .toList();
  }

  private Map<String, Integer> playersOf(ServiceId service) {
    return services.computeIfAbsent(service, s -> new ConcurrentHashMap<>());
  }
}
