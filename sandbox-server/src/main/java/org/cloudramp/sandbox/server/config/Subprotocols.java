package org.cloudramp.sandbox.server.config;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.InertText;

/**
 * The WebSocket subprotocols that rooms speak.
 *
 * @param entries a subprotocol such as {@code json.v1}, or one that only the rooms of a service
 *     speak, such as {@code chat/json.v1}
 */
public record Subprotocols(Set<String> entries) {
  /** What HTTP calls a token; the slash is no part of one. */
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

  private static final Pattern NAME = Pattern.compile(TOKEN);
  private static final Pattern ENTRY = Pattern.compile("([a-z0-9][a-z0-9-]{0,62}/)?" + TOKEN);

  /**
   * @throws ConfigurationException if an entry has another shape
   */
  public Subprotocols {
    entries = Set.copyOf(entries);
    for (String entry : entries) {
      if (!ENTRY.matcher(entry).matches()) {
        throw new ConfigurationException(
            "setting 'sandbox.server.subprotocols' has %s, which is neither a subprotocol such as 'json.v1' nor one of a service such as 'chat/json.v1'"
                .formatted(InertText.quote(entry)));
      }
    }
  }

  /**
   * The one that a client and a room speak with each other.
   *
   * @param service whose room it is, whatever stands there
   * @param offered by the client, the one that it likes best first
   * @return the first that the service's rooms speak; empty if there is none
   */
  public Optional<String> choose(String service, List<String> offered) {
    return offered.stream()
        .filter(name -> NAME.matcher(name).matches())
        .filter(name -> entries.contains(name) || entries.contains(service + "/" + name))
        .findFirst();
  }
}
