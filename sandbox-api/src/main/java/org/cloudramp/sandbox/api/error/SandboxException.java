package org.cloudramp.sandbox.api.error;

import org.jspecify.annotations.Nullable;

/**
 * The root of every error this framework raises on purpose. Its message names the service, hook,
 * limit or setting, and is safe to log.
 */
public abstract sealed class SandboxException extends RuntimeException
    permits ConfigurationException,
        ModuleException,
        GuestException,
        HostFunctionException,
        StoreException,
        RefusedException,
        HostException {
  private static final long serialVersionUID = 1;

  SandboxException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
