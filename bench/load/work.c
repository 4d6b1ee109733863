/* work.c - which connection does what, and when all is done. */
#include "work.h"

#include <stdio.h>

/* The number of connections that are opened at a time: the shortest queue of a listener has room for them. */
enum { MOST_CONNECTING = 32, SWEEP_MILLISECONDS = 1000 };

static void launch(struct load* load);

bool load_work_claim(struct load* load) {
  if (load->claimed == load->options.messages) return false;
  load->claimed++;
  return true;
}

void load_work_return(struct load* load) { load->claimed--; }

static bool is_work_over(const struct load* load) { return load->resting == load->options.connections; }

static void release_idle(struct load* load) {
  if (load->releasing || load->holding || !is_work_over(load)) return;
  load->releasing = true;
  for (uint32_t i = 0; i < load->options.idle; i++)
    if (load->slots[i].active) load_connection_advance(&load->slots[i]);
}

static void rest(struct load* load) {
  load->resting++;
  if (!is_work_over(load)) return;
  load->ended = uv_hrtime();
  uv_getrusage(&load->usage_ended);
  load->failed += load->options.messages - load->accepted - load->failed; /* no connection was left to send them */
  release_idle(load);
}

/* Every other connection vanishes, so that the server has both kinds at a time. */
static bool assign(struct load_connection* c) {
  struct load* load = c->load;
  bool has_messages = load->claimed < load->options.messages;
  bool may_vanish = load->vanishing < load->options.vanish && (!has_messages || load->connections % 2 == 0);
  if (c->has_failed || (!has_messages && !may_vanish)) return false;
  c->role = may_vanish ? LOAD_VANISHES : LOAD_SENDS;
  load->vanishing += may_vanish;
  return true;
}

static void open_next(struct load_connection* c) {
  if (assign(c))
    load_connection_open(c);
  else
    rest(c->load);
}

static void on_hold_over(uv_timer_t* timer) {
  struct load* load = timer->data;
  load->holding = false;
  release_idle(load);
}

static void settle_idle(struct load* load) {
  if (++load->idle_settled < load->options.idle) return;
  printf("holding %u\n", (unsigned)load->idle_open);
  fflush(stdout);
  if (load->holding) uv_timer_start(&load->hold, on_hold_over, 1000 * (uint64_t)load->options.hold, 0);
  launch(load);
}

void load_work_idle_ready(struct load_connection* c) {
  c->load->idle_open++;
  settle_idle(c->load);
}

static void end_idle(struct load_connection* c) {
  struct load* load = c->load;
  if (c->ready && load->releasing && !c->has_failed)
    load->held++;
  else if (c->ready && !load->releasing)
    load_connection_note(c, "closed", "an idle connection has not lasted");
  if (!c->ready) settle_idle(load);
}

void load_work_next(struct load_connection* c) {
  if (c->role == LOAD_IDLES)
    end_idle(c);
  else
    open_next(c);
}

static void begin_work(struct load* load) {
  load->started = uv_hrtime();
  uv_getrusage(&load->usage_started);
  if (load->options.connections > 0) return;
  load->ended = load->started;
  load->usage_ended = load->usage_started;
}

static void launch(struct load* load) {
  const uint32_t idle = load->options.idle;
  const uint32_t ready = load->idle_settled < idle ? idle : idle + load->options.connections;
  while (load->connecting < MOST_CONNECTING && load->launched < ready) {
    struct load_connection* c = &load->slots[load->launched];
    if (load->launched == idle) begin_work(load);
    load->launched++;
    c->load = load;
    c->role = LOAD_IDLES;
    if (load->launched <= idle)
      load_connection_open(c);
    else
      open_next(c);
  }
}

void load_work_connected(struct load_connection* c) {
  if (!c->counted) return;
  c->counted = false;
  c->load->connecting--;
  launch(c->load);
}

static void on_signal(uv_signal_t* signal, int number) {
  (void)number;
  struct load* load = signal->data;
  on_hold_over(&load->hold);
}

static void on_sweep(uv_timer_t* timer) {
  struct load* load = timer->data;
  for (uint32_t i = 0; i < load->launched; i++)
    if (load->slots[i].active) load_connection_check_time(&load->slots[i]);
}

/* Timers and signals do not keep the loop running: it ends without a connection. */
static void start_timers(struct load* load) {
  uv_timer_init(&load->loop, &load->sweep);
  uv_timer_init(&load->loop, &load->hold);
  uv_signal_init(&load->loop, &load->terminate);
  uv_signal_init(&load->loop, &load->interrupt);
  load->sweep.data = load->hold.data = load->terminate.data = load->interrupt.data = load;
  uv_timer_start(&load->sweep, on_sweep, SWEEP_MILLISECONDS, SWEEP_MILLISECONDS);
  uv_unref((uv_handle_t*)&load->sweep);
  uv_unref((uv_handle_t*)&load->terminate);
  uv_unref((uv_handle_t*)&load->interrupt);
  if (load->options.idle == 0) return;
  load->holding = true;
  uv_unref((uv_handle_t*)&load->hold);
  uv_signal_start(&load->terminate, on_signal, SIGTERM);
  uv_signal_start(&load->interrupt, on_signal, SIGINT);
}

void load_work_start(struct load* load) {
  begin_work(load);
  start_timers(load);
  launch(load);
}
