package org.cloudramp.sandbox.core.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.testkit.Wasm.*;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.core.gate.GateLimits.Limit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How many operands the gate thinks there are, seen from outside: a branch out of the function
 * moves them all, and the limit on moved values says how many that were.
 */
class OperandCountTest {
  private static final int PUSHED = 5;

  /**
   * An instruction, as the specification's index of instructions has it.
   *
   * @param name for the name of the test
   * @param code its bytes, or several instructions
   * @param takes how many operands
   * @param gives how many results
   * @param moves how many values it moves itself
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record Instruction(String name, byte[] code, int takes, int gives, int moves) {
    Instruction(String name, byte[] code, int takes, int gives) {
      this(name, code, takes, gives, 0);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest
  @MethodSource
  void followsWhatAnInstructionTakesAndGives(Instruction instruction) {
    byte[] code = concat(repeat(PUSHED, bytes(0x41, 0)), instruction.code(), bytes(0x0c, 0));

    assertThat(movedBy(code))
        .isEqualTo(PUSHED - instruction.takes() + instruction.gives() + instruction.moves());
  }

  static Stream<Instruction> followsWhatAnInstructionTakesAndGives() {
    List<Instruction> all = new ArrayList<>();
    all.add(new Instruction("nop", bytes(0x01), 0, 0));
    all.add(new Instruction("drop", bytes(0x1a), 1, 0));
    all.add(new Instruction("select", bytes(0x1b), 3, 1));
    all.add(new Instruction("select t", bytes(0x1c, 1, I32), 3, 1));
    all.add(new Instruction("local.get", bytes(0x20, 0), 0, 1));
    all.add(new Instruction("local.set", bytes(0x21, 0), 1, 0));
    all.add(new Instruction("local.tee", bytes(0x22, 0), 1, 1));
    all.add(new Instruction("global.get", bytes(0x23, 0), 0, 1));
    all.add(new Instruction("global.set", bytes(0x24, 0), 1, 0));
    all.add(new Instruction("table.get", bytes(0x25, 0), 1, 1));
    range(all, "load", 0x28, 0x35, 1, 1, 0, 0);
    range(all, "store", 0x36, 0x3e, 2, 0, 0, 0);
    all.add(new Instruction("memory.size", bytes(0x3f, 0), 0, 1));
    all.add(new Instruction("memory.grow", bytes(0x40, 0), 1, 1));
    all.add(new Instruction("i32.const", bytes(0x41, 0), 0, 1));
    all.add(new Instruction("i64.const", bytes(0x42, 0), 0, 1));
    all.add(new Instruction("f32.const", bytes(0x43, 0, 0, 0, 0), 0, 1));
    all.add(new Instruction("f64.const", bytes(0x44, 0, 0, 0, 0, 0, 0, 0, 0), 0, 1));
    range(all, "i32.eqz", 0x45, 0x45, 1, 1);
    range(all, "i32 comparison", 0x46, 0x4f, 2, 1);
    range(all, "i64.eqz", 0x50, 0x50, 1, 1);
    range(all, "i64, f32, f64 comparison", 0x51, 0x66, 2, 1);
    range(all, "i32 unary", 0x67, 0x69, 1, 1);
    range(all, "i32 binary", 0x6a, 0x78, 2, 1);
    range(all, "i64 unary", 0x79, 0x7b, 1, 1);
    range(all, "i64 binary", 0x7c, 0x8a, 2, 1);
    range(all, "f32 unary", 0x8b, 0x91, 1, 1);
    range(all, "f32 binary", 0x92, 0x98, 2, 1);
    range(all, "f64 unary", 0x99, 0x9f, 1, 1);
    range(all, "f64 binary", 0xa0, 0xa6, 2, 1);
    range(all, "conversion", 0xa7, 0xbf, 1, 1);
    range(all, "sign extension", 0xc0, 0xc4, 1, 1);
    all.add(new Instruction("ref.null", bytes(0xd0, FUNCREF), 0, 1));
    all.add(new Instruction("ref.is_null", bytes(0xd1), 1, 1));
    all.add(new Instruction("ref.func", bytes(0xd2, 0), 0, 1));
    IntStream.rangeClosed(0, 7)
        .mapToObj(i -> new Instruction("trunc_sat " + i, bytes(0xfc, i), 1, 1))
        .forEach(all::add);
    all.add(new Instruction("memory.init", bytes(0xfc, 8, 0, 0), 3, 0));
    all.add(new Instruction("memory.copy", bytes(0xfc, 10, 0, 0), 3, 0));
    all.add(new Instruction("memory.fill", bytes(0xfc, 11, 0), 3, 0));
    all.add(new Instruction("table.size", bytes(0xfc, 16, 0), 0, 1));

    all.add(new Instruction("block end", bytes(0x02, 0x40, END), 0, 0));
    all.add(new Instruction("block i32 end", bytes(0x02, I32, 0x41, 0, END), 0, 1, 1));
    all.add(new Instruction("loop i32 end", bytes(0x03, I32, 0x41, 0, END), 0, 1, 1));
    all.add(new Instruction("if end", bytes(0x04, 0x40, END), 1, 0));
    all.add(new Instruction("if else end", bytes(0x04, I32, 0x41, 0, 0x05, 0x41, 0, END), 1, 1, 1));
    all.add(
        new Instruction("block that is left early", bytes(0x02, I32, 0x00, 0x1a, END), 0, 1, 1));
    all.add(
        new Instruction(
            "block that leaves operands behind",
            bytes(0x02, 0x40, 0x41, 0, 0x0c, 0, END),
            0,
            0,
            1));
    all.add(new Instruction("br_if", bytes(0x0d, 0), 1, 0, PUSHED - 1));
    all.add(
        new Instruction("code behind unreachable", bytes(0x00, 0x1a, 0x1a, 0x41, 0), PUSHED, 1));
    return all.stream();
  }

  private static void range(
      List<Instruction> all, String name, int from, int to, int takes, int gives, int... rest) {
    for (int opcode = from; opcode <= to; opcode++) {
      byte[] code = concat(bytes(opcode), bytes(rest));
      all.add(new Instruction("%s 0x%02x".formatted(name, opcode), code, takes, gives));
    }
  }

  /** The smallest limit that lets {@code code} in. */
  private static int movedBy(byte[] code) {
    byte[] wasm =
        module(
            TYPE_NOTHING,
            ONE_FUNCTION,
            section(4, vector(bytes(FUNCREF, 0, 1))),
            ONE_PAGE,
            section(6, vector(bytes(I32, 1, 0x41, 0, END))),
            section(12, u32(1)),
            section(10, vector(body(bytes(1, 1, I32), code))),
            section(11, vector(bytes(1, 0))));
    for (int limit = 0; limit < 100; limit++) {
      try {
        new ModuleGate(GateLimits.defaults().with(Limit.MOVED_VALUES, limit)).check(wasm);
        return limit;
      } catch (ModuleException e) {
        assertThat(e).hasMessageContaining("values moved");
      }
    }
    throw new AssertionError("more than a hundred");
  }
}
