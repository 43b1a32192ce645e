package org.cloudramp.sandbox.core;

import com.google.common.base.CaseFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.cloudramp.sandbox.core.function.Permissions;
import org.cloudramp.sandbox.core.gate.GateLimits;
import org.cloudramp.sandbox.core.publish.UploadQuota;
import org.cloudramp.sandbox.core.recording.Recordings;
import org.cloudramp.sandbox.core.run.Quarantine;
import org.cloudramp.sandbox.core.shared.ServerPlace;
import org.cloudramp.sandbox.core.writebehind.WriteBehind;

/**
 * The settings of the core.
 *
 * @param engine the name of the engine
 * @param store the name of the module store
 * @param kv the name of the KV store
 * @param functions the names of the providers of host functions that are looked up among the jars
 * @param permissions which services may use them
 * @param plugins the folder that holds a folder of jars for each plugin beside the class path
 * @param slots how many modules are kept loaded
 * @param workers how many guests run at a time
 * @param workersPerService how many of one service's run at a time
 * @param concurrentCompiles how many modules are compiled at a time
 * @param preload of how many services the live version is compiled after the start
 * @param warmUp how long the hooks of a module are tried after its compile
 * @param uploads how many modules of one service are checked within a minute, and how long
 * @param guestMemory of all guests together, in bytes
 * @param compileMemory of all compiles at a time, in bytes
 * @param codeMemory of compiled code that has no slot, in bytes
 * @param refresh how long a change of the live version may go unnoticed by other servers
 * @param startTimeout how long the start waits for a store that cannot be reached yet
 * @param limits what a guest may take
 * @param serviceLimits what guests of some services may take instead
 * @param gate what a module may have
 * @param quarantine when a version is no longer run
 * @param writeBehind which services' writes reach the KV store later than their hooks succeed
 * @param writeBehindPolicy how much later, and how many at most
 * @param sharing whether the rooms of services may be on many servers
 * @param place of this server among those
 * @param grace for how long a session stays in its room without a socket
 * @param memoryKept how long the memory of a room of many servers is kept after its last change
 * @param recorded whose rooms are recorded, and how much of them
 */
record SandboxSettings(
    String engine,
    String store,
    String kv,
    List<String> functions,
    Permissions permissions,
    Optional<Path> plugins,
    int slots,
    int workers,
    int workersPerService,
    int concurrentCompiles,
    int preload,
    Duration warmUp,
    UploadQuota.Policy uploads,
    long guestMemory,
    long compileMemory,
    long codeMemory,
    Duration refresh,
    Duration startTimeout,
    Limits limits,
    Map<ServiceId, Limits> serviceLimits,
    GateLimits gate,
    Quarantine.Policy quarantine,
    ServiceSet writeBehind,
    WriteBehind.Policy writeBehindPolicy,
    Sharing sharing,
    ServerPlace.Terms place,
    Duration grace,
    Duration memoryKept,
    Recordings.Policy recorded) {
  /** Whether rooms may be on many servers. */
  enum Sharing {
    /** If other processes see the KV store. */
    AUTO,
    /** In any case. */
    ALWAYS,
    /** In none. */
    NEVER;

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Most of it is metaspace, which nobody sizes by the heap. */
  private static final long MAX_DEFAULT_CODE_MEMORY = 256L << 20;

  private static final String LIMITS = "limits.";
  private static final String GATE = "gate.";
  private static final String QUARANTINE = "quarantine.";
  private static final String PERMISSIONS = "permissions.";
  private static final String SERVICES = "services.";
  private static final String WRITE_BEHIND = "writeBehind.";
  private static final String ROOMS = "rooms.";
  private static final String RECORD = "record.";
  private static final String RECORDING = "recording.";

  /** What names begin with that are in a section; those of plugins among them. */
  private static final Set<String> SECTIONS =
      Set.of(
          LIMITS,
          GATE,
          QUARANTINE,
          PERMISSIONS,
          SERVICES,
          WRITE_BEHIND,
          ROOMS,
          RECORD,
          RECORDING,
          "engine.",
          "store.",
          "kv.",
          "functions.");

  static final Setting<String> ENGINE =
      Setting.text(
          "engine",
          "chicory",
          "what runs guests; or `endive`, `wasmtime`: see what [rationale.md](rationale.md) says of them");
  static final Setting<String> STORE =
      Setting.text("store", "filesystem", "what keeps modules; or `s3`");
  static final Setting<String> KV =
      Setting.text("kv", "memory", "what keeps the keys of rooms; or `redis`");
  static final Setting<List<String>> FUNCTIONS =
      Setting.names(
          "functions", "the plugins with host functions to offer: see [plugins.md](plugins.md)");
  static final Setting<Optional<Path>> PLUGINS =
      Setting.optionalPath("plugins", "a folder that holds a folder of jars for each plugin");
  private static final Setting<Integer> SLOTS =
      Setting.integer(
          "slots", 64, 1, 100_000, "modules kept loaded; the one requested longest ago makes room");
  private static final Setting<Integer> WORKERS =
      Setting.integer(
              "workers",
              4,
              1,
              10_000,
              "guests that run at a time; from 2 on, a quarter more (at least one) for services whose hooks are short as a rule")
          .otherwise("twice the processors, at least 4");
  private static final Setting<Integer> WORKERS_PER_SERVICE =
      Setting.integer("workersPerService", 1, 1, 10_000, "guests of one service that run at a time")
          .otherwise("half of `workers`");
  private static final Setting<Integer> CONCURRENT_COMPILES =
      Setting.integer("concurrentCompiles", 2, 1, 64, "modules that are compiled at a time");
  private static final Setting<Integer> PRELOAD =
      Setting.integer(
              "preload",
              64,
              0,
              1_000_000,
              "services of the store whose live versions are compiled after the start, one by one, beside the work that comes; 0 for none")
          .otherwise("as many as `slots`");
  private static final Setting<Duration> WARM_UP =
      Setting.duration(
          "warmUp",
          Duration.ofMillis(100),
          "for which the hooks of a module are tried at most after its compile, unseen, so that the first real ones are fast; `0s` for not at all");
  private static final Setting<Integer> UPLOADS_PER_MINUTE =
      Setting.integer(
          "uploadsPerMinute",
          30,
          1,
          Integer.MAX_VALUE,
          "modules of one service that are checked within a minute, and as many source maps");
  private static final Setting<Duration> UPLOAD_TIME_PER_MINUTE =
      Setting.duration(
          "uploadTimePerMinute",
          Duration.ofSeconds(20),
          "of a processor's time that these checks may take within a minute, those of modules and of source maps each; the last may take longer");
  private static final Setting<Long> COMPILE_MEMORY =
      Setting.largeSize(
              "compileMemory",
              0,
              "of all compiles at a time, for which a module counts 75 times; what would be more counts as three quarters of it")
          .otherwise("a quarter of the heap");
  private static final Setting<Long> GUEST_MEMORY =
      Setting.largeSize("guestMemory", 0, "of all guests together").otherwise("half of the heap");
  private static final Setting<Long> CODE_MEMORY =
      Setting.largeSize(
              "codeMemory",
              0,
              "of compiled code that is kept of versions without a slot, as a part of `guestMemory`; 0 to keep none: see [below](#slots-and-code)")
          .otherwise("a quarter of `guestMemory`, at most `256MiB`");
  private static final Setting<Duration> REFRESH =
      Setting.duration(
          "refresh",
          Duration.ofSeconds(1),
          "after this a server asks the store again which version is live; a room that is used notices a change by another server within twice that");
  private static final Setting<Duration> START_TIMEOUT =
      Setting.duration(
          "startTimeout",
          Duration.ofSeconds(30),
          "how long the start waits for a bucket or Redis that cannot be reached yet: see [below](#where-modules-and-keys-are-kept)");

  private static final Setting<Integer> FAULTS =
      Setting.integer(
          "faults",
          5,
          0,
          1_000_000,
          "so many within the window put to rest who explains them; 0 for never");
  private static final Setting<Duration> WINDOW =
      Setting.duration("window", Duration.ofSeconds(60), "how far back faults count");
  private static final Setting<Duration> REST =
      Setting.duration(
          "rest",
          Duration.ofSeconds(10),
          "how long a version or room rests the first time; twice as long each time it fails again");
  private static final Setting<Duration> MAX_REST =
      Setting.duration("longestRest", Duration.ofMinutes(10), "how long it rests at most");

  private static final Setting<List<String>> WRITE_BEHIND_SERVICES =
      Setting.names(
          "services",
          "services whose writes reach the KV store a moment later, or `*` for all: see [below](#write-behind)");
  private static final Setting<Duration> WRITE_BEHIND_DELAY =
      Setting.duration("delay", Duration.ofMillis(100), "how much later at most");
  private static final Setting<Long> WRITE_BEHIND_BYTES =
      Setting.largeSize("bytes", 64L << 20, "of writes that may wait, of all rooms together");

  private static final Setting<String> SHARED =
      Setting.choice(
          "shared",
          Stream.of(Sharing.values()).map(Sharing::word).toList(),
          "whether a room may have its connections on several servers: `auto` if `kv` is a store that several servers see, `always`, or `never`; the same on all servers, and not for services that write behind. See [below](#several-servers-one-room)");
  private static final Setting<String> SERVER =
      Setting.text(
              "server",
              "",
              "the name of this server among those that share the store, of letters, digits, `_` and `-`; no two of them may have the same")
          .otherwise("made up at each start");
  private static final Setting<Duration> LEASE =
      Setting.positiveDuration(
          "lease",
          Duration.ofSeconds(10),
          "after which a server that gives no sign of life is taken for dead by the others; the same on all servers");
  private static final Setting<Duration> RENEW =
      Setting.positiveDuration(
          "renew", Duration.ofSeconds(3), "how often it gives one; at most half of `lease`");
  private static final Setting<Duration> GRACE =
      Setting.duration(
          "grace",
          Duration.ofSeconds(30),
          "for how long a session stays in its room without a socket, at most ten minutes; `0s` for no sessions; the same on all servers. See [below](#sessions)");
  private static final Duration MAX_GRACE = Duration.ofMinutes(10);
  private static final Setting<Duration> MEMORY_KEPT =
      Setting.duration(
          "memoryKept",
          Duration.ofHours(24),
          "how long the memory of a room stays in the store after the last hook that has changed it, from `1m` to `8760h`; the same on all servers. See [below](#rooms-that-keep-memory)");
  private static final Duration MIN_MEMORY_KEPT = Duration.ofMinutes(1);
  private static final Duration MAX_MEMORY_KEPT = Duration.ofDays(365);

  private static final Setting<Integer> RECORDED_HOOKS =
      Setting.integer(
          "hooks", 1_000, 1, 1_000_000, "of one room that are kept at most, the last ones");
  private static final Setting<Integer> RECORDED_ROOM_BYTES =
      Setting.size("roomBytes", 1 << 20, "that they take at most, from `16KiB` to `16MiB`");
  private static final Setting<Long> RECORDED_SERVICE_BYTES =
      Setting.largeSize(
          "serviceBytes", 16L << 20, "that the recordings of all rooms of one service take");
  private static final Setting<Long> RECORDED_BYTES =
      Setting.largeSize(
          "bytes",
          64L << 20,
          "that all recordings take, as a part of `guestMemory`, in which guests come first");
  private static final int MIN_RECORDED_ROOM_BYTES = 16 << 10;
  private static final int MAX_RECORDED_ROOM_BYTES = 16 << 20;

  /** All of the gate's but the memory, which is {@code limits.memoryPages}. */
  private static final List<GateLimits.Limit> GATE_LIMITS =
      Stream.of(GateLimits.Limit.values())
          .filter(limit -> limit != GateLimits.Limit.MEMORY_PAGES)
          .toList();

  /** The settings of the core by the prefix of their section, in the order of the documentation. */
  static final Map<String, List<Setting<?>>> DECLARED = declared();

  private static Map<String, List<Setting<?>>> declared() {
    Map<String, List<Setting<?>>> sections = new LinkedHashMap<>();
    sections.put(
        "",
        List.of(
            ENGINE,
            STORE,
            KV,
            FUNCTIONS,
            PLUGINS,
            SLOTS,
            WORKERS,
            WORKERS_PER_SERVICE,
            CONCURRENT_COMPILES,
            PRELOAD,
            WARM_UP,
            UPLOADS_PER_MINUTE,
            UPLOAD_TIME_PER_MINUTE,
            GUEST_MEMORY,
            COMPILE_MEMORY,
            CODE_MEMORY,
            REFRESH,
            START_TIMEOUT));
    sections.put(LIMITS, Limits.SETTINGS);
    sections.put(QUARANTINE, List.of(FAULTS, WINDOW, REST, MAX_REST));
    sections.put(
        WRITE_BEHIND, List.of(WRITE_BEHIND_SERVICES, WRITE_BEHIND_DELAY, WRITE_BEHIND_BYTES));
    sections.put(ROOMS, List.of(SHARED, SERVER, LEASE, RENEW, GRACE, MEMORY_KEPT));
    sections.put(
        RECORDING,
        List.of(RECORDED_HOOKS, RECORDED_ROOM_BYTES, RECORDED_SERVICE_BYTES, RECORDED_BYTES));
    sections.put(GATE, GATE_LIMITS.stream().<Setting<?>>map(limit -> setting(limit)).toList());
    return Collections.unmodifiableMap(sections);
  }

  /** Copies the map. */
  SandboxSettings {
    serviceLimits = Map.copyOf(serviceLimits);
  }

  /** What guests of a service may take. */
  Limits limits(ServiceId service) {
    return serviceLimits.getOrDefault(service, limits);
  }

  /**
   * Two for each processor, because a guest may wait for the KV store; and a few for one that is
   * small.
   */
  private static int defaultWorkers() {
    return Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
  }

  /**
   * Reads the settings; whatever belongs to a plugin is left to that.
   *
   * @throws ConfigurationException if one reads wrong or nobody knows it
   */
  static SandboxSettings read(Map<String, String> all) {
    return read(SettingValues.none().with(all));
  }

  /**
   * Reads the settings; whatever belongs to a plugin is left to that.
   *
   * @throws ConfigurationException if one reads wrong or nobody knows it
   */
  static SandboxSettings read(SettingValues all) {
    refuseUnknown(all);
    PluginSettings settings = all.section("");
    PluginSettings quarantine = all.section(QUARANTINE);
    PluginSettings writeBehind = all.section(WRITE_BEHIND);
    int workers = WORKERS.readOr(settings, defaultWorkers());
    Limits limits = Limits.read(all.section(LIMITS));
    Map<ServiceId, Limits> serviceLimits = serviceLimits(all, limits);
    int slots = SLOTS.read(settings);
    long guestMemory = guestMemory(settings, workers, limits, serviceLimits);
    return new SandboxSettings(
        ENGINE.read(settings),
        STORE.read(settings),
        KV.read(settings),
        FUNCTIONS.read(settings),
        Permissions.read(permissions(all)),
        PLUGINS.read(settings),
        slots,
        workers,
        workersPerService(settings, workers),
        CONCURRENT_COMPILES.read(settings),
        PRELOAD.readOr(settings, slots),
        WARM_UP.read(settings),
        new UploadQuota.Policy(
            UPLOADS_PER_MINUTE.read(settings), UPLOAD_TIME_PER_MINUTE.read(settings)),
        guestMemory,
        COMPILE_MEMORY.readOr(settings, Runtime.getRuntime().maxMemory() / 4),
        CODE_MEMORY.readOr(settings, Math.min(guestMemory / 4, MAX_DEFAULT_CODE_MEMORY)),
        REFRESH.read(settings),
        START_TIMEOUT.read(settings),
        limits,
        serviceLimits,
        gate(all.section(GATE), limits),
        new Quarantine.Policy(
            FAULTS.read(quarantine),
            WINDOW.read(quarantine),
            REST.read(quarantine),
            MAX_REST.read(quarantine)),
        ServiceSet.read(
            WRITE_BEHIND + WRITE_BEHIND_SERVICES.name(),
            String.join(",", WRITE_BEHIND_SERVICES.read(writeBehind))),
        new WriteBehind.Policy(
            WRITE_BEHIND_DELAY.read(writeBehind), WRITE_BEHIND_BYTES.read(writeBehind)),
        Sharing.valueOf(SHARED.read(all.section(ROOMS)).toUpperCase(Locale.ROOT)),
        place(all.section(ROOMS)),
        grace(all.section(ROOMS)),
        memoryKept(all.section(ROOMS)),
        recorded(all));
  }

  private static Recordings.Policy recorded(SettingValues all) {
    PluginSettings recording = all.section(RECORDING);
    int roomBytes = RECORDED_ROOM_BYTES.read(recording);
    if (roomBytes < MIN_RECORDED_ROOM_BYTES || roomBytes > MAX_RECORDED_ROOM_BYTES) {
      throw recording.wrong(
          RECORDED_ROOM_BYTES.name(), String.valueOf(roomBytes), "16KiB to 16MiB");
    }
    return new Recordings.Policy(
        recordedServices(all),
        RECORDED_HOOKS.read(recording),
        roomBytes,
        RECORDED_SERVICE_BYTES.read(recording),
        RECORDED_BYTES.read(recording));
  }

  /** {@code record.chat = on}: each is named, so that nobody is recorded by a wildcard. */
  private static Set<ServiceId> recordedServices(SettingValues all) {
    Set<ServiceId> services = new HashSet<>();
    PluginSettings section = all.section(RECORD);
    for (String name : all.namesUnder(RECORD)) {
      String service = name.toLowerCase(Locale.ROOT);
      String value = section.text(name).orElse("").toLowerCase(Locale.ROOT);
      if (!isId(service)) {
        all.refuse(
            RECORD + name,
            new ConfigurationException(
                "setting '%s%s' names no service; there are settings such as record.chat = on"
                    .formatted(RECORD, name)));
      } else if (value.equals("on")) {
        services.add(new ServiceId(service));
      } else if (!value.equals("off")) {
        all.refuse(RECORD + name, section.wrong(name, value, "on or off"));
      }
    }
    return services;
  }

  private static Duration memoryKept(PluginSettings rooms) {
    Duration kept = MEMORY_KEPT.read(rooms);
    if (kept.compareTo(MIN_MEMORY_KEPT) < 0 || kept.compareTo(MAX_MEMORY_KEPT) > 0) {
      throw rooms.wrong(MEMORY_KEPT.name(), kept.toMillis() + "ms", "1m to 8760h");
    }
    return kept;
  }

  private static Duration grace(PluginSettings rooms) {
    Duration grace = GRACE.read(rooms);
    if (grace.isNegative() || grace.compareTo(MAX_GRACE) > 0) {
      throw rooms.wrong(GRACE.name(), grace.toMillis() + "ms", "0s to 10m");
    }
    return grace;
  }

  private static ServerPlace.Terms place(PluginSettings rooms) {
    String name = SERVER.read(rooms);
    if (!name.isEmpty() && !name.matches("[A-Za-z0-9_-]{1,64}")) {
      throw rooms.wrong(SERVER.name(), name, "1 to 64 letters, digits, '_' and '-'");
    }
    Duration lease = LEASE.read(rooms);
    Duration renew = RENEW.read(rooms);
    if (renew.multipliedBy(2).compareTo(lease) > 0) {
      throw rooms.wrong(
          RENEW.name(),
          renew.toMillis() + "ms",
          "at most half of rooms.lease, which is %d ms".formatted(lease.toMillis()));
    }
    return new ServerPlace.Terms(
        name.isEmpty() ? UUID.randomUUID().toString().substring(0, 13) : name, lease, renew);
  }

  /**
   * Looks at names that the core knows, and at what only it can read; what belongs to a plugin is
   * left to that.
   *
   * @throws ConfigurationException for the first that nobody knows or that reads wrong
   */
  static void requireKnown(SettingValues all) {
    refuseUnknown(all);
    Map<ServiceId, Limits> unusedLimits = serviceLimits(all, Limits.defaults());
    Permissions unused = Permissions.read(permissions(all));
    Set<ServiceId> unusedServices = recordedServices(all);
  }

  private static void refuseUnknown(SettingValues all) {
    DECLARED.forEach(
        (prefix, settings) -> {
          if (!prefix.isEmpty()) {
            all.refuseUnknown(prefix, names(settings));
          }
        });
    all.only(name -> !isInASection(name))
        .refuseUnknown("", names(DECLARED.getOrDefault("", List.of())), allNames());
  }

  /** Whether a name is for a section or a plugin to know. */
  static boolean isInASection(String name) {
    return SECTIONS.stream().anyMatch(prefix -> SettingValues.isUnder(prefix, name));
  }

  private static List<String> names(List<Setting<?>> settings) {
    return settings.stream().map(Setting::name).toList();
  }

  /** The names with their prefixes, to find what somebody meant. */
  private static List<String> allNames() {
    return DECLARED.entrySet().stream()
        .flatMap(section -> section.getValue().stream().map(s -> section.getKey() + s.name()))
        .toList();
  }

  /** As they were written: the names of functions have capitals that matter. */
  private static Map<String, String> permissions(SettingValues all) {
    Map<String, String> permissions = new TreeMap<>();
    PluginSettings section = all.section(PERMISSIONS);
    for (String name : all.namesUnder(PERMISSIONS)) {
      permissions.put(name, section.text(name).orElse(""));
    }
    return permissions;
  }

  /** {@code services.chat.limits.time} and the like. */
  private static Map<ServiceId, Limits> serviceLimits(SettingValues all, Limits limits) {
    Map<ServiceId, Limits> services = new HashMap<>();
    for (String name : all.namesUnder(SERVICES)) {
      int end = name.indexOf('.');
      String service = name.substring(0, Math.max(0, end)).toLowerCase(Locale.ROOT);
      String prefix = SERVICES + service + "." + LIMITS;
      if (!isId(service) || !SettingValues.isUnder(prefix, SERVICES + name)) {
        all.refuse(
            SERVICES + name,
            new ConfigurationException(
                "setting '%s%s' is unknown; there are settings such as services.chat.limits.time, one for each of limits.*"
                    .formatted(SERVICES, name)));
        continue;
      }
      services.computeIfAbsent(
          new ServiceId(service),
          id -> {
            all.refuseUnknown(prefix, names(Limits.SETTINGS));
            return limits.with(all.section(prefix));
          });
    }
    return services;
  }

  private static boolean isId(String text) {
    try {
      return new ServiceId(text).value().equals(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** How many guests more run at a time of services whose hooks are known to be short. */
  int workersForKnown() {
    return workersForKnown(workers);
  }

  private static int workersForKnown(int workers) {
    return workers == 1 ? 0 : Math.max(1, workers / 4);
  }

  private static int workersPerService(PluginSettings settings, int workers) {
    int value = WORKERS_PER_SERVICE.readOr(settings, Math.max(1, workers / 2));
    if (value > workers) {
      throw settings.wrong(
          WORKERS_PER_SERVICE.name(),
          String.valueOf(value),
          "a whole number from 1 to %d (workers)".formatted(workers));
    }
    return value;
  }

  /**
   * Half of the heap, but so much that every worker, those for known services too, can run a guest
   * of the largest size.
   */
  private static long guestMemory(
      PluginSettings settings, int workers, Limits limits, Map<ServiceId, Limits> services) {
    int pages =
        Stream.concat(Stream.of(limits), services.values().stream())
            .mapToInt(Limits::memoryPages)
            .max()
            .orElseThrow();
    int guests = workers + workersForKnown(workers);
    long least = (long) guests * pages * Memory.PAGE_BYTES;
    long most = Math.max(least, Runtime.getRuntime().maxMemory() / 2);
    long value = GUEST_MEMORY.readOr(settings, most);
    if (value < least) {
      throw new ConfigurationException(
          "setting 'guestMemory' is %d, but %d guests at a time (workers, and a quarter more for services whose hooks are short) of %d pages (limits.memoryPages) need %d"
              .formatted(value, guests, pages, least));
    }
    return value;
  }

  /** Each limit of the gate by its name in camel case. */
  private static Setting<Integer> setting(GateLimits.Limit limit) {
    String name = CaseFormat.UPPER_UNDERSCORE.to(CaseFormat.LOWER_CAMEL, limit.name());
    return limit.name().endsWith("BYTES")
        ? Setting.size(name, limit.defaultValue(), limit.meaning())
        : Setting.integer(name, limit.defaultValue(), 0, Integer.MAX_VALUE, limit.meaning());
  }

  private static GateLimits gate(PluginSettings settings, Limits limits) {
    GateLimits gate = GateLimits.defaults();
    for (GateLimits.Limit limit : GATE_LIMITS) {
      gate = gate.with(limit, setting(limit).read(settings));
    }
    return gate.with(GateLimits.Limit.MEMORY_PAGES, limits.memoryPages());
  }
}
