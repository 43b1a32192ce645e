package org.cloudramp.sandbox.api.store.layout;

import java.util.Optional;
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
    return binaries(version.service()) + version.digest().hex() + ".wasm";
  }

  /**
   * Where in its source each place of a version comes from. It stands, and goes, with the binary.
   */
  public static String sourceMap(ModuleVersion version) {
    return binary(version) + ".map";
  }

  /** What comes before the binaries of a service: a folder's name, with its slash. */
  public static String binaries(ServiceId service) {
    return service.value() + "/versions/";
  }

  /** The service whose entries are in the folder of that name, if it can be one's. */
  public static Optional<ServiceId> service(String folder) {
    try {
      return Optional.of(new ServiceId(folder));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
