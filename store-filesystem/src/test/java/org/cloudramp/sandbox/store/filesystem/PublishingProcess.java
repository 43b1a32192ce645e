package org.cloudramp.sandbox.store.filesystem;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.store.ModuleStore;

/** A process of its own that publishes and activates versions of one service. */
final class PublishingProcess {
  private PublishingProcess() {}

  /** Arguments: the folder, the name of this process, how many versions. */
  public static void main(String[] arguments) {
    ServiceId service = new ServiceId("chat");
    try (ModuleStore store = new FilesystemModuleStore(Path.of(arguments[0]))) {
      store.start(PluginContext.empty());
      for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
        byte[] wasm = (arguments[1] + "-" + i).getBytes(StandardCharsets.UTF_8);
        store.activate(service, store.publish(service, wasm).digest());
      }
    }
  }
}
