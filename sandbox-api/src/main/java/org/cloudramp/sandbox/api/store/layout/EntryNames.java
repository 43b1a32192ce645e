package org.cloudramp.sandbox.api.store.layout;

import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Where each entry stands, relative to the folder or bucket, with {@code /} between the parts. The
 * shapes of {@link ServiceId} and {@link org.cloudramp.sandbox.api.Digest} leave no room for a name
 * that leads elsewhere.
 */
public final class EntryNames {
  private static final String POINTER = "/current";

  private EntryNames() {}

  /** The {@link Pointer} of a service. */
  public static String pointer(ServiceId service) {
    return service.value() + POINTER;
  }

  /** Whether a name is that of a {@link Pointer}, the one entry that is read again and again. */
  public static boolean isPointer(String name) {
    return name.endsWith(POINTER);
  }

  /** The {@link History} of a service. */
  public static String history(ServiceId service) {
    return service.value() + "/history";
  }

  /** The bytes of a version. */
  public static String binary(ModuleVersion version) {
    return version.service().value() + "/versions/" + version.digest().hex() + ".wasm";
  }
}
