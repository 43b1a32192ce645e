package org.cloudramp.sandbox.core.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.SandboxObserver.Eviction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ModuleTableTest {
  /** What the table holds here: it counts itself, and knows whether it was closed. */
  private final class Module implements AutoCloseable {
    private final AtomicInteger closes = new AtomicInteger();

    Module() {
      int now = open.incrementAndGet();
      maxOpen.accumulateAndGet(now, Math::max);
    }

    @Override
    public void close() {
      closes.incrementAndGet();
      open.decrementAndGet();
    }
  }

  private static final List<ModuleVersion> VERSIONS =
      List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j").stream()
          .map(id -> new ModuleVersion(new ServiceId(id), Digest.of(new byte[0])))
          .toList();

  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger maxOpen = new AtomicInteger();
  private final AtomicInteger loads = new AtomicInteger();
  private final AtomicLong ticks = new AtomicLong();
  private final ExecutorService loading = Executors.newFixedThreadPool(3);

  @AfterEach
  void end() {
    loading.shutdownNow();
  }

  private ModuleTable<Module> table(int slots, Consumer<SlotView> whenEvicted) {
    return new ModuleTable<>(
        slots,
        version -> {
          loads.incrementAndGet();
          return new Module();
        },
        loading,
        ticks::incrementAndGet,
        new TableListener() {
          @Override
          public void evicted(SlotView victim, Eviction why) {
            whenEvicted.accept(victim);
          }
        });
  }

  private static Lease<ModuleTableTest.Module> request(
      ModuleTable<Module> table, ModuleVersion version) throws Exception {
    Lease<Module> lease = table.acquire(version);
    return lease != null ? lease : table.load(version).get(30, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void evictsExactlyWhatAMapInOrderOfRequestsWould(long seed) throws Exception {
    List<ModuleVersion> evicted = new ArrayList<>();
    ModuleTable<Module> table = table(3, victim -> evicted.add(victim.version()));
    Map<ModuleVersion, Boolean> model = new LinkedHashMap<>(16, 0.75f, true);
    List<ModuleVersion> expected = new ArrayList<>();
    Random random = new Random(seed);

    for (int i = 0; i < 500; i++) {
      ModuleVersion version = VERSIONS.get(random.nextInt(6));
      request(table, version).close();
      if (model.get(version) == null) {
        if (model.size() == 3) {
          ModuleVersion oldest = model.keySet().iterator().next();
          model.remove(oldest);
          expected.add(oldest);
        }
        model.put(version, true);
      }
    }

    assertThat(evicted).isEqualTo(expected);
    List<ModuleVersion> lastFirst = new ArrayList<>(model.keySet());
    java.util.Collections.reverse(lastFirst);
    assertThat(table.slots()).extracting(SlotView::version).isEqualTo(lastFirst);
    table.close();
  }

  @Test
  void holdsNoMoreThanItsSlotsAndEvictsTheLeastRecentlyRequestedWhileEightThreadsRequest()
      throws Exception {
    List<String> faults = new ArrayList<>();
    List<ModuleTable<Module>> self = new ArrayList<>();
    AtomicInteger evictions = new AtomicInteger();
    ModuleTable<Module> table =
        table(
            7,
            victim -> {
              evictions.incrementAndGet();
              for (SlotView other : self.get(0).slots()) {
                // Times only grow, so whoever is later now was later when the victim was chosen or
                // has been requested since; whoever is earlier should have been the victim.
                if (other.lastRequest() < victim.lastRequest()) {
                  faults.add(victim + " was evicted before " + other);
                }
              }
            });
    self.add(table);

    eightThreads(version -> request(table, version));

    assertThat(faults).isEmpty();
    assertThat(maxOpen).hasValueLessThanOrEqualTo(7);
    assertThat(evictions).hasPositiveValue();
    table.close();
  }

  /** How a thread gets a lease. */
  @FunctionalInterface
  private interface Requests {
    Lease<Module> request(ModuleVersion version) throws Exception;
  }

  /** Each asks two thousand times, and finds open what it gets. */
  private static void eightThreads(Requests requests) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Future<?>> ends = new ArrayList<>();
    for (int thread = 0; thread < 8; thread++) {
      Random random = new Random(thread);
      ends.add(
          threads.submit(
              () -> {
                for (int i = 0; i < 2_000; i++) {
                  Lease<Module> lease = requests.request(zipf(random));
                  assertThat(lease.module().closes).hasValue(0);
                  lease.close();
                }
                return null;
              }));
    }
    for (Future<?> end : ends) {
      end.get();
    }
    threads.shutdown();
  }

  private static ModuleVersion zipf(Random random) {
    double total = 0;
    for (int rank = 1; rank <= VERSIONS.size(); rank++) {
      total += 1.0 / rank;
    }
    double point = random.nextDouble() * total;
    for (int rank = 1; rank < VERSIONS.size(); rank++) {
      point -= 1.0 / rank;
      if (point < 0) {
        return VERSIONS.get(rank - 1);
      }
    }
    return VERSIONS.get(VERSIONS.size() - 1);
  }

  @Test
  void closesAnEvictedModuleOnlyWhenItsLastLeaseIsBackAndOnlyThenLoadsTheNext() throws Exception {
    ModuleTable<Module> table = table(1, victim -> {});
    Lease<Module> first = request(table, VERSIONS.get(0));
    Lease<Module> second = request(table, VERSIONS.get(0));

    CompletableFuture<Lease<Module>> next = table.load(VERSIONS.get(1));
    assertThat(table.acquire(VERSIONS.get(0))).isNull();
    first.close();
    assertThat(first.module().closes).hasValue(0);
    assertThat(next).isNotDone();
    second.close();

    next.get(30, TimeUnit.SECONDS).close();
    assertThat(first.module().closes).hasValue(1);
    assertThat(maxOpen).hasValue(1);
    table.close();
  }

  @Test
  void returningALeaseTwiceCountsOnce() throws Exception {
    ModuleTable<Module> table = table(1, victim -> {});
    Lease<Module> once = request(table, VERSIONS.get(0));
    Lease<Module> other = request(table, VERSIONS.get(0));

    once.close();
    once.close();

    assertThat(table.slots()).extracting(SlotView::leases).containsExactly(1);
    other.close();
    table.close();
  }

  @Test
  void whatIsAskedForAgainAndAgainStaysWhileOthersWaitForLeases() throws Exception {
    ModuleTable<Module> table = table(4, victim -> {});
    List<Lease<Module>> slow = new ArrayList<>();
    for (ModuleVersion version : VERSIONS.subList(0, 3)) {
      slow.add(request(table, version)); // of hooks that wait for their turn
    }
    ModuleVersion asked = VERSIONS.get(9);
    request(table, asked).close();
    List<CompletableFuture<Lease<Module>>> waiting =
        VERSIONS.subList(3, 9).stream().map(table::load).toList();

    for (int i = 0; i < waiting.size(); i++) {
      Lease<Module> again = table.acquire(asked);
      assertThat(again).as("a hit beside %d that wait", waiting.size() - i).isNotNull();
      again.close();
      slow.remove(0).close();
      slow.add(waiting.get(i).get(30, TimeUnit.SECONDS));
    }

    slow.forEach(Lease::close);
    table.close();
  }

  @Test
  void whoHasWaitedForASlotForASecondGetsOneOfThoseThatAreAskedFor() throws Exception {
    ModuleTable<Module> table = table(2, victim -> {});
    Lease<Module> stuck = request(table, VERSIONS.get(0));
    request(table, VERSIONS.get(1)).close();
    CompletableFuture<Lease<Module>> first = table.load(VERSIONS.get(2));
    CompletableFuture<Lease<Module>> second = table.load(VERSIONS.get(3));
    assertThat(table.acquire(VERSIONS.get(1))).isNotNull().satisfies(Lease::close);

    ticks.addAndGet(TimeUnit.SECONDS.toNanos(1)); // and nothing else happens

    first.get(30, TimeUnit.SECONDS).close();
    stuck.close(); // which is for the second
    second.get(30, TimeUnit.SECONDS).close();
    table.close();
  }

  /** Has at hand what it is told to, and closes at once what it is told to. */
  private final class Ready implements ModuleTable.Loader<Module> {
    private final Set<ModuleVersion> atHand = ConcurrentHashMap.newKeySet();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private boolean closesAtOnce = true;
    private @Nullable RuntimeException failure;

    @Override
    public Module load(ModuleVersion version) {
      return new Module();
    }

    @Override
    public @Nullable Module loadAtOnce(ModuleVersion version) {
      threads.add(Thread.currentThread());
      if (failure != null) {
        throw failure;
      }
      return atHand.contains(version) ? new Module() : null;
    }

    @Override
    public boolean isClosedAtOnce(Module module) {
      return closesAtOnce;
    }
  }

  private ModuleTable<Module> tableOf(int slots, Ready loader) {
    return new ModuleTable<>(
        slots, loader, loading, ticks::incrementAndGet, new TableListener() {});
  }

  @Test
  void loadsWhatIsAtHandWhereItIsAskedForInThePlaceOfTheLeastRecentlyRequested() throws Exception {
    Ready loader = new Ready();
    loader.atHand.addAll(VERSIONS);
    ModuleTable<Module> table = tableOf(2, loader);

    for (int i : new int[] {0, 1, 0, 2}) {
      Lease<Module> lease = table.acquireOrLoadAtOnce(VERSIONS.get(i));
      assertThat(lease).as("request of %d", i).isNotNull();
      lease.close();
    }

    assertThat(loader.threads).hasSize(3).containsOnly(Thread.currentThread());
    assertThat(table.slots())
        .extracting(SlotView::version)
        .containsExactly(VERSIONS.get(2), VERSIONS.get(0));
    assertThat(maxOpen).hasValue(2);
    assertThat(table.hits()).isEqualTo(1);
    assertThat(table.misses()).isEqualTo(3);
    table.close();
  }

  @Test
  void whatIsNotAtHandIsLoadedAsEver() throws Exception {
    ModuleTable<Module> table = tableOf(1, new Ready());
    request(table, VERSIONS.get(0)).close();

    assertThat(table.acquireOrLoadAtOnce(VERSIONS.get(1))).isNull();

    request(table, VERSIONS.get(1)).close();
    assertThat(table.occupied()).isEqualTo(1);
    assertThat(maxOpen).hasValue(1);
    table.close();
  }

  @Test
  void nobodyLoadsAtOnceInThePlaceOfAModuleThatIsInUseOrTakesTimeToClose() throws Exception {
    Ready loader = new Ready();
    loader.atHand.addAll(VERSIONS);
    ModuleTable<Module> table = tableOf(1, loader);
    Lease<Module> inUse = request(table, VERSIONS.get(0));

    assertThat(table.acquireOrLoadAtOnce(VERSIONS.get(1))).isNull();
    inUse.close();
    loader.closesAtOnce = false;
    assertThat(table.acquireOrLoadAtOnce(VERSIONS.get(1))).isNull();
    loader.closesAtOnce = true;

    assertThat(table.acquireOrLoadAtOnce(VERSIONS.get(1))).isNotNull().satisfies(Lease::close);
    table.close();
  }

  @Test
  void nobodyLoadsAtOnceBeforeThoseWhoWaitForASlot() throws Exception {
    Ready loader = new Ready();
    loader.atHand.addAll(VERSIONS);
    ModuleTable<Module> table = tableOf(1, loader);
    Lease<Module> inUse = request(table, VERSIONS.get(0));
    CompletableFuture<Lease<Module>> waits = table.load(VERSIONS.get(1));

    assertThat(table.acquireOrLoadAtOnce(VERSIONS.get(2))).isNull();

    inUse.close();
    waits.get(30, TimeUnit.SECONDS).close();
    table.close();
  }

  @Test
  void aLoadAtOnceThatFailsIsToldAndFreesItsSlot() throws Exception {
    Ready loader = new Ready();
    loader.failure = new IllegalStateException("no memory");
    ModuleTable<Module> table = tableOf(1, loader);

    assertThatThrownBy(() -> table.acquireOrLoadAtOnce(VERSIONS.get(0))).hasMessage("no memory");

    assertThat(table.occupied()).isZero();
    request(table, VERSIONS.get(0)).close();
    table.close();
  }

  @Test
  void holdsNoMoreThanItsSlotsAndLosesNobodyWhileEightThreadsLoadAtOnceOrNot() throws Exception {
    Ready loader = new Ready();
    loader.atHand.addAll(VERSIONS.subList(0, 7)); // not all
    ModuleTable<Module> table = tableOf(3, loader);

    eightThreads(
        version -> {
          Lease<Module> lease = table.acquireOrLoadAtOnce(version);
          return lease != null ? lease : request(table, version);
        });

    assertThat(maxOpen).hasValueLessThanOrEqualTo(3);
    table.close();
    loading.shutdown();
    assertThat(loading.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    assertThat(open).hasValue(0);
  }

  @Test
  void sharesOneLoadAmongAllWhoRequestTheSameVersion() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    ModuleTable<Module> table =
        new ModuleTable<>(
            2,
            version -> {
              loads.incrementAndGet();
              awaitQuietly(go);
              return new Module();
            },
            loading,
            ticks::incrementAndGet,
            new TableListener() {});
    List<CompletableFuture<Lease<Module>>> waiting = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      waiting.add(table.load(VERSIONS.get(0)));
    }

    go.countDown();
    for (CompletableFuture<Lease<Module>> lease : waiting) {
      lease.get(30, TimeUnit.SECONDS).close();
    }

    assertThat(loads).hasValue(1);
    table.close();
  }

  @Test
  void tellsEverybodyWhoWaitsThatALoadFailedAndTriesAgainNextTime() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    ModuleTable<Module> table =
        new ModuleTable<>(
            1,
            version -> {
              if (tries.incrementAndGet() == 1) {
                throw new IllegalStateException("no such bytes");
              }
              return new Module();
            },
            loading,
            ticks::incrementAndGet,
            new TableListener() {});

    assertThatThrownBy(() -> table.load(VERSIONS.get(0)).get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("no such bytes");

    table.load(VERSIONS.get(0)).get(30, TimeUnit.SECONDS).close();
    assertThat(tries).hasValue(2);
    table.close();
  }

  @Test
  void tellsWhyAModuleGaveUpItsSlotAndNothingOfWhatItLetsGoWhenItIsClosed() throws Exception {
    List<String> told = new ArrayList<>();
    ModuleTable<Module> table =
        new ModuleTable<>(
            3,
            version -> new Module(),
            loading,
            ticks::incrementAndGet,
            new TableListener() {
              @Override
              public void evicted(SlotView victim, Eviction why) {
                told.add(victim.version().service() + " " + why);
              }
            });
    for (int i = 0; i < 4; i++) {
      request(table, VERSIONS.get(i)).close();
    }
    table.evict(VERSIONS.get(1));
    table.supersede(new ModuleVersion(VERSIONS.get(2).service(), Digest.of(new byte[1])));
    table.evictAll(VERSIONS.get(3).service());
    request(table, VERSIONS.get(4)).close();
    table.reclaim();
    request(table, VERSIONS.get(5)).close();
    Lease<Module> leased = request(table, VERSIONS.get(6));

    table.close();
    leased.close();

    assertThat(told)
        .containsExactly("a SLOT", "b OPERATOR", "c SUPERSEDED", "d DELETED", "e MEMORY");
  }

  @Test
  void countsWhoFindsAModuleInASlotAndWhoDoesNot() throws Exception {
    ModuleTable<Module> table = table(1, victim -> {});

    request(table, VERSIONS.get(0)).close();
    request(table, VERSIONS.get(0)).close();
    request(table, VERSIONS.get(1)).close();
    table.load(VERSIONS.get(1)).get(30, TimeUnit.SECONDS).close();

    assertThat(table.hits()).isEqualTo(2);
    assertThat(table.misses()).isEqualTo(2);
    assertThat(table.occupied()).isEqualTo(1);
    table.close();
  }

  @Test
  void closesEverythingWhenItIsClosedAndRefusesMore() throws Exception {
    ModuleTable<Module> table = table(3, victim -> {});
    Lease<Module> leased = request(table, VERSIONS.get(0));
    request(table, VERSIONS.get(1)).close();

    table.close();
    assertThatThrownBy(() -> table.load(VERSIONS.get(2)).get())
        .hasMessageContaining("the sandbox is closed");
    assertThat(leased.module().closes).hasValue(0);
    leased.close();

    loading.shutdown();
    assertThat(loading.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    assertThat(open).hasValue(0);
  }

  @Test
  void tellsHowLongALoadTook() throws Exception {
    List<Duration> elapsed = new ArrayList<>();
    ModuleTable<Module> table =
        new ModuleTable<>(
            1,
            version -> new Module(),
            loading,
            ticks::incrementAndGet,
            new TableListener() {
              @Override
              public void loaded(ModuleVersion version, Duration time) {
                elapsed.add(time);
              }
            });

    request(table, VERSIONS.get(0)).close();

    assertThat(elapsed).hasSize(1).allMatch(time -> !time.isNegative());
    table.close();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
