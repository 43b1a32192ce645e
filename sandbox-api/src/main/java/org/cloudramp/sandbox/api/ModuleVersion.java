package org.cloudramp.sandbox.api;

/**
 * One uploaded binary of a service. Immutable: the digest names the bytes.
 *
 * @param service whose program it is
 * @param digest the SHA-256 of the bytes as they were uploaded
 */
public record ModuleVersion(ServiceId service, Digest digest) {
  /** The service and the start of the digest, such as {@code chat@0123456789ab}. */
  @Override
  public String toString() {
    return service + "@" + digest.abbreviated();
  }
}
