package org.cloudramp.sandbox.api.store.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Entries in memory that behave as a bucket does: each read, and each write on condition, is a step
 * of its own. Something may happen before each step: a crash, or somebody else's work.
 */
final class HeapEntries implements Entries {
  private final SortedMap<String, byte[]> contents;
  private final IntConsumer beforeStep;
  private int steps;

  HeapEntries() {
    this(new TreeMap<>(), step -> {});
  }

  private HeapEntries(SortedMap<String, byte[]> contents, IntConsumer beforeStep) {
    this.contents = contents;
    this.beforeStep = beforeStep;
  }

  /** The same entries, as a process sees them before whose steps, from 0 on, something happens. */
  HeapEntries disturbed(IntConsumer beforeStep) {
    return new HeapEntries(contents, beforeStep);
  }

  List<String> names() {
    return List.copyOf(contents.keySet());
  }

  private void step() {
    beforeStep.accept(steps++);
  }

  @Override
  public int longest() {
    return 1_000;
  }

  @Override
  public String describe(String name) {
    return "heap:" + name;
  }

  @Override
  public Optional<byte[]> read(String name) {
    step();
    return Optional.ofNullable(contents.get(name)).map(byte[]::clone);
  }

  @Override
  public boolean has(String name) {
    step();
    return contents.containsKey(name);
  }

  @Override
  public void write(ServiceId service, String name, byte[] content) {
    step();
    contents.put(name, content.clone());
  }

  @Override
  public void update(ServiceId service, String name, UnaryOperator<Optional<byte[]>> change) {
    while (true) {
      step();
      byte[] before = contents.get(name);
      Optional<byte[]> after = change.apply(Optional.ofNullable(before).map(byte[]::clone));
      if (after.isEmpty()) {
        return;
      }
      step();
      if (contents.get(name) == before) {
        contents.put(name, after.get().clone());
        return;
      }
    }
  }

  @Override
  public void remove(ServiceId service, String name) {
    step();
    contents.remove(name);
  }

  @Override
  public void removeBinaries(ServiceId service) {
    step();
    for (String name : names()) {
      if (name.startsWith(EntryNames.binaries(service))) {
        step();
        contents.remove(name);
      }
    }
  }

  @Override
  public List<ServiceId> services(Optional<ServiceId> after, int most) {
    List<ServiceId> services = new ArrayList<>();
    for (String name : names()) {
      EntryNames.service(name.substring(0, name.indexOf('/')))
          .filter(service -> !services.contains(service))
          .ifPresent(services::add);
    }
    return services;
  }
}
