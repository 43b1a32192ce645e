package org.cloudramp.sandbox.server;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.server.config.Settings;
import org.cloudramp.sandbox.server.token.Scope;
import org.cloudramp.sandbox.server.token.Token;
import org.cloudramp.sandbox.server.token.TokenEntries;
import org.cloudramp.sandbox.server.token.TokenHash;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command that runs a server until it is told to stop. */
@Command(
    name = "sandbox-server",
    mixinStandardHelpOptions = true,
    version = "WASM-Sandbox 0.1.0-SNAPSHOT",
    description = "Runs rooms whose code is uploaded as WebAssembly.",
    subcommands = {TokenCommand.class, ConfigCommand.class},
    footer = {
      "",
      "Settings come from the command line, then from the environment (SANDBOX_SERVER_PORT), then",
      "from the file (sandbox.server.port), then from defaults."
    })
public final class Server implements Callable<Integer> {
  /** With which somebody chooses the token of a demo. */
  private static final String DEMO_TOKEN = "SANDBOX_TOKEN";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A properties file; default: sandbox.properties of this folder, if there is one.")
  private @Nullable Path config;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "The port to listen at; 0 for any that is free. Default: 8080.")
  private @Nullable Integer port;

  @Option(
      names = "--demo",
      paramLabel = "FOLDER",
      description =
          "Serves each NAME.wasm of a folder as service NAME, out of a temporary store, and prints an admin token (SANDBOX_TOKEN chooses it).")
  private @Nullable Path demo;

  private Server() {}

  /** Runs a server and ends with the process. */
  public static void main(String... arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command and those below it. */
  static CommandLine commandLine() {
    return new CommandLine(new Server())
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              if (e instanceof SandboxException expected) {
                command.getErr().println(expected.getMessage());
                return expected instanceof ConfigurationException
                    ? CommandLine.ExitCode.USAGE
                    : CommandLine.ExitCode.SOFTWARE;
              }
              throw e;
            });
  }

  @Override
  public Integer call() throws Exception {
    Map<String, String> commandLine = new TreeMap<>();
    if (port != null) {
      commandLine.put("server.port", port.toString());
    }
    Map<String, String> environment = new TreeMap<>(System.getenv());
    TemporaryFolder store = null;
    String token = null;
    if (demo != null) {
      token = demoToken();
      environment.remove(DEMO_TOKEN); // it is no setting
      environment.putIfAbsent("SANDBOX_ROOMS_SHARED", "always"); // so that there are sessions
      commandLine.put("server.tokens", entryOf(token));
      store = temporaryStore();
      commandLine.put("server.pages", "playground");
      commandLine.put("store", "filesystem");
      commandLine.put("store.filesystem.folder", store.path().toString());
    }
    Settings settings = Settings.of(commandLine, environment, Settings.fileOrDefault(config));
    SandboxServer server = SandboxServer.of(settings);
    TemporaryFolder temporary = store;
    LastResort lastResort = LastResort.after(settings.server().shutdown());
    Thread whenStopped =
        new Thread(
            () -> {
              lastResort.begin();
              server.close();
              if (temporary != null) {
                temporary.close();
              }
            },
            "shutdown");
    Runtime.getRuntime().addShutdownHook(whenStopped);
    if (demo != null) {
      publishAll(demo, server);
    }
    Duration rehearsal = settings.server().rehearsal();
    long unusedBytes = HeapPages.take(rehearsal);
    int unusedVisits = Rehearsal.run(settings, rehearsal);
    server.start();
    if (token != null) {
      System.out.println("token: " + token);
      // Behind the #, which browsers keep to themselves.
      System.out.println("page that has it: %s#token=%s".formatted(server.uri(), token));
    }
    System.out.println(
        "WASM-Sandbox is ready: %s%s"
            .formatted(
                server.uri(),
                server.listensEverywhere() ? " and at every other address of this machine" : ""));
    Thread.currentThread().join(); // until the process is told to stop
    return CommandLine.ExitCode.OK;
  }

  /** The token of a demo, which is made anew each time unless the environment has one. */
  private static String demoToken() {
    String given = System.getenv(DEMO_TOKEN);
    if (given == null || given.isBlank()) {
      return Token.generate();
    }
    if (!Token.isWellFormed(given)) {
      throw new ConfigurationException(
          "the environment variable %s is no token: it takes 16 to 512 of A-Z a-z 0-9 . _ ~ + / -"
              .formatted(DEMO_TOKEN));
    }
    return given;
  }

  private static String entryOf(String token) {
    return TokenEntries.write(new Token("demo", Set.of(Scope.ADMIN), TokenHash.of(token), null));
  }

  private static void publishAll(Path folder, SandboxServer server) throws IOException {
    List<Path> modules = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.wasm")) {
      files.forEach(modules::add);
    } catch (IOException e) {
      throw new ConfigurationException("--demo: folder '%s' cannot be read".formatted(folder), e);
    }
    if (modules.isEmpty()) {
      throw new ConfigurationException("--demo: folder '%s' has no *.wasm".formatted(folder));
    }
    for (Path module : modules) {
      publish(module, server);
    }
  }

  private static void publish(Path module, SandboxServer server) {
    String name = module.getFileName().toString();
    ServiceId service;
    try {
      service = new ServiceId(name.substring(0, name.length() - ".wasm".length()));
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          "--demo: file '%s' must be named like a service, and .wasm: %s"
              .formatted(module, e.getMessage()),
          e);
    }
    byte[] wasm;
    try {
      wasm = Files.readAllBytes(module);
    } catch (IOException e) {
      throw new ConfigurationException("--demo: file '%s' cannot be read".formatted(module), e);
    }
    try {
      server.sandbox().publish(service, wasm);
    } catch (ModuleException | GuestException e) {
      throw new ConfigurationException(
          "--demo: file '%s' cannot be served: %s".formatted(module, e.getMessage()), e);
    }
  }

  private static TemporaryFolder temporaryStore() {
    try {
      return TemporaryFolder.create("sandbox-demo");
    } catch (IOException e) {
      throw new ConfigurationException(
          "--demo: nothing can be written to '%s' (java.io.tmpdir); start Java with -Djava.io.tmpdir=FOLDER, a folder that is writable"
              .formatted(System.getProperty("java.io.tmpdir")),
          e);
    }
  }
}
