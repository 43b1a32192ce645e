package org.cloudramp.sandbox.server;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.config.ConfigCheck;
import org.cloudramp.sandbox.server.config.SettingsFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Explains the settings with which a server would start. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    description = "Explains the settings with which a server would start.")
final class ConfigCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  private ConfigCommand() {}

  @Override
  public void run() {
    throw new ParameterException(command(), "say what to do: config check");
  }

  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = {
        "Prints each setting with its value and where that comes from, then what was ignored and why, then all that is wrong.",
        "Starts nothing, so what only a start can find out is not found. Ends with 1 if something is wrong. Secrets are not shown."
      })
  int check(
      @Option(
              names = "--config",
              paramLabel = "FILE",
              description =
                  "A properties file; default: sandbox.properties of this folder, if there is one.")
          @Nullable Path config) {
    SettingsFile file;
    try {
      file = SettingsFile.named(config);
    } catch (ConfigurationException e) {
      command().getErr().println("wrong: " + e.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    ConfigCheck check = ConfigCheck.of(System.getenv(), file);
    PrintWriter out = command().getOut();
    print(check.settings(), out);
    check.ignored().forEach(line -> out.println("ignored: " + line));
    check.wrong().forEach(line -> out.println("wrong: " + line));
    out.flush();
    return check.wrong().isEmpty() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }

  private static void print(List<ConfigCheck.Line> settings, PrintWriter out) {
    int longest = settings.stream().mapToInt(line -> line.name().length()).max().orElse(1);
    String format = "%-" + longest + "s = %s   (%s)%n";
    settings.forEach(line -> out.printf(format, line.name(), line.value(), line.source()));
  }

  private CommandLine command() {
    return Optional.ofNullable(spec).orElseThrow().commandLine();
  }
}
