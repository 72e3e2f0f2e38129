#include "CTickProgram.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "tick_program_object.h"

struct tick_program {
  struct bpf_object *object;
  struct ring_buffer *ring;
  // By whether they are of switches.
  int programs[2];
  int configurations;
  int counts;
  int states;
  int firsts;
  struct ring_buffer *calls;
  void (*take_call)(void *context, tick_u32 what);
  void *call_context;
  int (*take)(void *context, const void *bytes, size_t size);
  void *context;
};

static int silence(enum libbpf_print_level level, const char *format, va_list arguments) {
  (void)level, (void)format, (void)arguments;
  return 0;
}

static int pass_on(void *context, void *bytes, size_t size) {
  struct tick_program *program = context;
  return program->take(program->context, bytes, size);
}

static int pass_call_on(void *context, void *bytes, size_t size) {
  struct tick_program *program = context;
  if (size >= sizeof(tick_u64)) program->take_call(program->call_context, *(tick_u64 *)bytes);
  return 0;
}

static long map_descriptor(struct tick_program *program, const char *name) {
  return bpf_object__find_map_fd_by_name(program->object, name);
}

static long load(struct tick_program *program, size_t ring_bytes) {
  program->object = bpf_object__open_mem(tick_program_object, sizeof tick_program_object, NULL);
  if (!program->object) return -errno;
  struct bpf_map *ring = bpf_object__find_map_by_name(program->object, "records");
  struct bpf_map *scratches = bpf_object__find_map_by_name(program->object, "scratches");
  int cpus = libbpf_num_possible_cpus();
  if (!ring || !scratches || cpus < 1) return -EINVAL;
  bpf_map__set_max_entries(ring, ring_bytes);
  bpf_map__set_max_entries(scratches, cpus < TICK_SCRATCHES ? cpus : TICK_SCRATCHES);
  long result = bpf_object__load(program->object);
  if (result < 0) return result;
  program->programs[0] =
      bpf_program__fd(bpf_object__find_program_by_name(program->object, "tick"));
  program->programs[1] =
      bpf_program__fd(bpf_object__find_program_by_name(program->object, "leave"));
  program->configurations = map_descriptor(program, "configurations");
  program->counts = map_descriptor(program, "counts");
  program->states = map_descriptor(program, "states");
  program->firsts = map_descriptor(program, "firsts");
  program->ring = ring_buffer__new(map_descriptor(program, "records"), pass_on, program, NULL);
  if (!program->ring) return -errno;
  program->calls =
      ring_buffer__new(map_descriptor(program, "calls"), pass_call_on, program, NULL);
  return program->calls ? 0 : -errno;
}

long tick_program_load(size_t ring_bytes, struct tick_program **result) {
  libbpf_set_print(silence);
  struct tick_program *program = calloc(1, sizeof *program);
  if (!program) return -ENOMEM;
  long error = load(program, ring_bytes);
  if (error < 0) {
    tick_program_free(program);
    return error;
  }
  *result = program;
  return 0;
}

void tick_program_free(struct tick_program *program) {
  if (program->ring) ring_buffer__free(program->ring);
  if (program->calls) ring_buffer__free(program->calls);
  if (program->object) bpf_object__close(program->object);
  free(program);
}

long tick_program_attach(struct tick_program *program, int event, int is_switch, tick_u32 process,
                         tick_u32 slot) {
  LIBBPF_OPTS(bpf_link_create_opts, options,
              .perf_event.bpf_cookie = (tick_u64)process << 32 | slot);
  int link = bpf_link_create(program->programs[is_switch != 0], event, BPF_PERF_EVENT, &options);
  return link < 0 ? -errno : link;
}

long tick_program_configure(struct tick_program *program, tick_u32 process,
                            const struct tick_configuration *configuration) {
  // The program may run while the value is copied: it must not act on a half of it.
  struct tick_configuration value = *configuration;
  value.is_ready = 0;
  if (bpf_map_update_elem(program->configurations, &process, &value, BPF_ANY) < 0) return -errno;
  value.is_ready = configuration->is_ready;
  return bpf_map_update_elem(program->configurations, &process, &value, BPF_ANY) < 0 ? -errno : 0;
}

long tick_program_inherit(struct tick_program *program, tick_u32 to, tick_u32 from) {
  struct tick_configuration value;
  if (bpf_map_lookup_elem(program->configurations, &from, &value) < 0) return -errno;
  return bpf_map_update_elem(program->configurations, &to, &value, BPF_ANY) < 0 ? -errno : 0;
}

long tick_program_drain(struct tick_program *program,
                        int (*take)(void *context, const void *bytes, size_t size),
                        void *context) {
  program->take = take;
  program->context = context;
  return ring_buffer__consume(program->ring);
}

long tick_program_expect_first(struct tick_program *program, tick_u32 slot) {
  tick_u64 key = slot;
  tick_u32 has_ticked = 0;
  return bpf_map_update_elem(program->firsts, &key, &has_ticked, BPF_ANY) < 0 ? -errno : 0;
}

void tick_program_had_first(struct tick_program *program, tick_u32 slot) {
  tick_u64 key = slot;
  bpf_map_delete_elem(program->firsts, &key);
}

void tick_program_wait(struct tick_program *program, int milliseconds,
                       void (*take)(void *context, tick_u32 what), void *context) {
  program->take_call = take;
  program->call_context = context;
  ring_buffer__poll(program->calls, milliseconds);
}

void tick_program_know(struct tick_program *program, tick_u32 slot,
                       const struct tick_known_states *states) {
  tick_u64 key = slot;
  bpf_map_update_elem(program->states, &key, states, BPF_ANY);
}

tick_u64 tick_program_count(struct tick_program *program, tick_u32 what) {
  tick_u64 sum = 0;
  return bpf_map_lookup_elem(program->counts, &what, &sum) < 0 ? 0 : sum;
}
