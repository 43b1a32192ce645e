package org.cloudramp.sandbox.api.error;

/** The operator's settings or jars do not fit together. The message names the setting. */
public final class ConfigurationException extends SandboxException {
  private static final long serialVersionUID = 1;

  /** An error with a message that names the setting and what to do. */
  public ConfigurationException(String message) {
    super(message, null);
  }

  /** As above, with what led to it. */
  public ConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
