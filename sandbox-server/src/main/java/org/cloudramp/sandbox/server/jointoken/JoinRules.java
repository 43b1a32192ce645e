package org.cloudramp.sandbox.server.jointoken;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.InertText;

/**
 * Which rooms are open to whom.
 *
 * @param forAll what holds for the rooms of a service that has no rule of its own
 * @param forService the rules of services, by their names
 */
public record JoinRules(Rule forAll, Map<String, Rule> forService) {
  /** Who may join. */
  public enum Rule {
    /** Everybody; tokens are not looked at, and nobody has a user. */
    OPEN,
    /** Who has a token. */
    TOKEN,
    /** Everybody; who has a token has a user, and a token that is not valid keeps out. */
    BOTH;

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Pattern ENTRY =
      Pattern.compile(
          "(?:([a-z0-9][a-z0-9-]{0,62})/)?("
              + Stream.of(Rule.values()).map(Rule::word).collect(Collectors.joining("|"))
              + ")");

  /** Copies the map. */
  public JoinRules {
    forService = Map.copyOf(forService);
  }

  /**
   * Reads entries such as {@code both}, for all services, and {@code chat/token}, for one.
   *
   * @param otherwise for all, if no entry says it
   * @throws ConfigurationException if one has another shape, or two are for the same
   */
  public static JoinRules parse(List<String> entries, Rule otherwise) {
    Map<String, Rule> rules = new HashMap<>();
    for (String entry : entries) {
      Matcher matcher = ENTRY.matcher(entry);
      if (!matcher.matches()) {
        throw new ConfigurationException(
            "setting 'sandbox.server.join.rooms' has %s, which is neither 'open', 'token' or 'both' nor one of these for a service such as 'chat/token'"
                .formatted(InertText.quote(entry)));
      }
      String service = matcher.group(1) == null ? "" : matcher.group(1);
      Rule rule = Rule.valueOf(matcher.group(2).toUpperCase(Locale.ROOT));
      if (rules.put(service, rule) != null) {
        throw new ConfigurationException(
            "setting 'sandbox.server.join.rooms' says twice what holds for %s; leave one of them"
                .formatted(service.isEmpty() ? "all services" : "service '" + service + "'"));
      }
    }
    Rule forAll = rules.getOrDefault("", otherwise);
    rules.remove("");
    return new JoinRules(forAll, rules);
  }

  /** Who may join the rooms of a service. */
  Rule of(ServiceId service) {
    return forService.getOrDefault(service.value(), forAll);
  }

  /** Whether there is a service in which tokens count. */
  public boolean askForTokens() {
    return Stream.concat(Stream.of(forAll), forService.values().stream())
        .anyMatch(rule -> rule != Rule.OPEN);
  }
}
