package org.cloudramp.sandbox.core.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.core.gate.GateLimits.Limit;
import org.jspecify.annotations.Nullable;

/**
 * A module on its way to the gate.
 *
 * @param description what it is, in the name of its test
 * @param wasm its bytes
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Upload(String description, byte[] wasm) {
  private static final ModuleGate GATE = new ModuleGate(GateLimits.defaults());

  static CheckedModule check(byte[] wasm) {
    return GATE.check(wasm);
  }

  /** Why the gate refuses {@code wasm}, or null if it lets it in. */
  static ModuleException.@Nullable Kind refusal(byte[] wasm) {
    try {
      GATE.check(wasm);
      return null;
    } catch (ModuleException e) {
      return e.kind();
    }
  }

  static AbstractThrowableAssert<?, ModuleException> assertRefused(
      byte[] wasm, ModuleException.Kind kind) {
    ModuleException refusal = catchThrowableOfType(ModuleException.class, () -> GATE.check(wasm));
    assertThat(refusal).as("refusal").isNotNull();
    return assertThat(refusal)
        .satisfies(e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }

  /** Reads what the gate wrote, which it would refuse for two names and perhaps for a limit. */
  static ParsedModule read(CheckedModule module) {
    String renamed =
        new String(module.wasm().toArray(), StandardCharsets.ISO_8859_1)
            .replace("sandbox:", "sandbox_");
    Map<Limit, Integer> limits = new EnumMap<>(Limit.class);
    for (Limit limit : Limit.values()) {
      limits.put(limit, 2 * limit.defaultValue());
    }
    return ModuleReader.read(renamed.getBytes(StandardCharsets.ISO_8859_1), new GateLimits(limits));
  }

  @Override
  public String toString() {
    return description;
  }
}
