#include "jobs/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "jobs/heartbeat.h"

enum { TICK_MS = 100 };

/* A wait that took so much longer than asked: this process was stopped, or the machine asleep. */
static const double slept_seconds = 2;

struct supervisor {
  const struct df_supervisor_options *options;
  struct df_log *log;
  struct df_recovery_history history;
  sigset_t mask;               /* as it was before */
  struct sigaction child_died; /* likewise */
  int signals;                 /* signalfd */
  bool stopping;               /* a signal that ends us was passed on */

  pid_t worker; /* 0: none */
  int beats;    /* read end of its pipe; -1: it is closed */
  int64_t pictures;
  double heard, moved; /* when it last beat, and when it last had a picture more */
  bool hangs;          /* and was told to end, then */
  double told;
  enum df_cause verdict; /* which way it hangs */
};

static void listen_to_signals(struct supervisor *s, sigset_t *ret_set)
{
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCHLD};
  struct sigaction by_default = {.sa_handler = SIG_DFL};
  sigemptyset(ret_set);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct sigaction now; /* what we were started to ignore (nohup) goes on being ignored */
    bool ignored = sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler == SIG_IGN;
    if (!ignored || numbers[i] == SIGCHLD)
      sigaddset(ret_set, numbers[i]);
  }
  sigaction(SIGCHLD, &by_default, &s->child_died);
  sigprocmask(SIG_BLOCK, ret_set, &s->mask);
}

static int begin(struct supervisor *s, struct df_error *err)
{
  sigset_t set;
  listen_to_signals(s, &set);
  s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  return s->signals >= 0
             ? 0
             : df_fail(err, DF_ELIBRARY, "signals cannot be waited for: %s", strerror(errno));
}

static void finish(struct supervisor *s)
{
  if (s->signals >= 0)
    close(s->signals);
  sigaction(SIGCHLD, &s->child_died, NULL);
  sigprocmask(SIG_SETMASK, &s->mask, NULL);
}

/* In the child. Its parent's death is seen even when it came before the kernel was asked to tell of it. */
static void become_worker(const struct supervisor *s, pid_t parent, int beats, int failed)
{
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(EXIT_FAILURE);
  fcntl(beats, F_SETFD, 0);
  signal(
      SIGTTOU, SIG_IGN); /* its group is not the terminal's, and it may write there all the same */
  sigaction(SIGCHLD, &s->child_died, NULL);
  sigprocmask(SIG_SETMASK, &s->mask, NULL);
  execv(s->options->program, (char *const *)s->options->argv);
  int reason = errno;
  ssize_t written = write(failed, &reason, sizeof reason);
  (void)written;
  _exit(EXIT_FAILURE);
}

/* Waits until the child is the worker, or cannot be. `failed` is closed by its exec. 0 or an errno. */
static int await_exec(int failed)
{
  int reason = 0;
  ssize_t got;
  do
    got = read(failed, &reason, sizeof reason);
  while (got < 0 && errno == EINTR);
  return got == (ssize_t)sizeof reason ? reason : 0;
}

/* 0 or an errno. */
static int fork_worker(struct supervisor *s, int beats, const int failed[2])
{
  char place[64];
  pid_t parent = getpid();
  snprintf(place, sizeof place, "%d:%ld:%d", beats, (long)parent, s->history.count + 1);
  if (setenv(DF_HEARTBEAT_VARIABLE, place, 1) < 0)
    return errno;
  pid_t child = fork();
  int reason = errno;
  if (child == 0)
    become_worker(s, parent, beats, failed[1]);
  unsetenv(DF_HEARTBEAT_VARIABLE);
  if (child < 0)
    return reason;
  s->worker = child;
  setpgid(child, child); /* both do, since either may be first */
  return 0;
}

static void close_pipe(int ends[2])
{
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0)
      close(ends[i]);
}

static void reap(struct supervisor *s, int *ret_status)
{
  while (waitpid(s->worker, ret_status, 0) < 0 && errno == EINTR)
    continue;
  s->worker = 0;
}

static int start(struct supervisor *s, struct df_error *err)
{
  int beats[2] = {-1, -1}, failed[2] = {-1, -1}, status;
  int reason = pipe2(beats, O_CLOEXEC) < 0 || pipe2(failed, O_CLOEXEC) < 0 ? errno : 0;
  if (reason == 0)
    reason = fork_worker(s, beats[1], failed);
  if (reason == 0) {
    close(failed[1]);
    failed[1] = -1;
    reason = await_exec(failed[0]);
    if (reason != 0)
      reap(s, &status);
  }
  close_pipe(failed);
  if (reason != 0) {
    close_pipe(beats);
    return df_fail(err, DF_EMISSING, "the worker %s cannot be started: %s", s->options->program,
        strerror(reason));
  }
  close(beats[1]);
  fcntl(beats[0], F_SETFL, O_NONBLOCK);
  s->beats = beats[0];
  s->pictures = 0;
  s->hangs = false;
  s->heard = s->moved = df_clock_now();
  return 0;
}

static void hear(struct supervisor *s)
{
  int64_t beats[64];
  ssize_t got;
  while ((got = read(s->beats, beats, sizeof beats)) >= (ssize_t)sizeof beats[0]) {
    int64_t pictures = beats[(size_t)got / sizeof beats[0] - 1];
    s->heard = df_clock_now();
    if (pictures > s->pictures) {
      s->pictures = pictures;
      s->moved = s->heard;
    }
  }
  if (got == 0) { /* it closed its end, and would be reported for ever */
    close(s->beats);
    s->beats = -1;
  }
}

/* As the shell would have it: all stop, and when they go on none of that time is held against the worker. */
static void stop_for_a_while(struct supervisor *s)
{
  double before = df_clock_now();
  if (s->worker)
    kill(-s->worker, SIGSTOP);
  raise(SIGSTOP);
  if (s->worker)
    kill(-s->worker, SIGCONT);
  double lost = df_clock_now() - before;
  s->heard += lost;
  s->moved += lost;
}

static void take_signals(struct supervisor *s)
{
  struct signalfd_siginfo info;
  while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
    int number = (int)info.ssi_signo;
    if (number == SIGTSTP) {
      stop_for_a_while(s);
    } else if (number != SIGCHLD) {
      s->stopping = true;
      if (s->worker)
        kill(s->worker, number);
    }
  }
}

static void wait_for_news(struct supervisor *s, int ms)
{
  struct pollfd news[] = {{.fd = s->signals, .events = POLLIN}, {.fd = s->beats, .events = POLLIN}};
  double before = df_clock_now();
  poll(news, 2, ms);
  double lost = df_clock_now() - before - ms / 1e3;
  if (lost > slept_seconds) {
    s->heard += lost;
    s->moved += lost;
  }
  take_signals(s);
  if (s->beats >= 0)
    hear(s);
}

/* Ends a worker that hangs: first it may clean up, then not. */
static void judge(struct supervisor *s)
{
  const struct df_supervisor_options *o = s->options;
  double now = df_clock_now();
  bool silent = now - s->heard > o->hang_seconds;
  bool stalled = o->stall_seconds > 0 && now - s->moved > o->stall_seconds;
  if (!s->hangs && (silent || stalled)) {
    s->hangs = true;
    s->told = now;
    s->verdict = silent ? DF_CAUSE_SILENT : DF_CAUSE_STALLED;
    kill(s->worker, SIGTERM);
    kill(s->worker, SIGCONT); /* one that is stopped hears nothing */
  } else if (s->hangs && now - s->told > o->grace_seconds) {
    kill(-s->worker, SIGKILL);
  }
}

/* Whether the worker is dead. It is left as it lies: its number is nobody else's until it is reaped. */
static bool is_dead(const struct supervisor *s)
{
  siginfo_t info = {0};
  return waitid(P_PID, (id_t)s->worker, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid != 0;
}

/* Until the worker is dead and gone, and what it started with it. */
static int watch(struct supervisor *s)
{
  int status = 0;
  while (!is_dead(s)) {
    wait_for_news(s, TICK_MS);
    judge(s);
  }
  if (s->beats >= 0)
    hear(s);
  kill(-s->worker, SIGKILL);
  reap(s, &status);
  if (s->beats >= 0)
    close(s->beats);
  s->beats = -1;
  return status;
}

static struct df_death classify(const struct supervisor *s, int status)
{
  struct df_death death = {.cause = DF_CAUSE_EXITED, .pictures = s->pictures};
  bool well = WIFEXITED(status) && (WEXITSTATUS(status) == 0 || !s->hangs);
  if (well)
    return death;
  if (s->stopping)
    death.cause = DF_CAUSE_STOPPED;
  else if (s->hangs)
    death.cause = s->verdict;
  else
    death.cause = WTERMSIG(status) == SIGKILL ? DF_CAUSE_KILLED : DF_CAUSE_CRASHED;
  if (death.cause == DF_CAUSE_CRASHED || death.cause == DF_CAUSE_KILLED)
    death.signal = WTERMSIG(status);
  return death;
}

/* False when the user wants it to end meanwhile. */
static bool back_off(struct supervisor *s, double seconds)
{
  double until = df_clock_now() + seconds, left;
  while (!s->stopping && (left = until - df_clock_now()) > 0)
    wait_for_news(s, left < 1 ? (int)(left * 1e3) + 1 : 1000);
  return !s->stopping;
}

static int give_up(const struct supervisor *s, struct df_error *err)
{
  char deaths[DF_ERROR_TEXT / 2], text[DF_ERROR_TEXT];
  snprintf(text, sizeof text, "given up after %d attempt%s: %s", s->history.count,
      s->history.count == 1 ? "" : "s", df_recovery_text(&s->history, deaths, sizeof deaths));
  df_log_publish_job(s->log, DF_EVENT_WORKER_GIVEN_UP, 0, 0, text);
  return df_fail(err, DF_ELIBRARY, "%s", text);
}

/* One attempt: 1 when another one is due, else as df_supervise. */
static int attempt(struct supervisor *s, int *ret_status, struct df_error *err)
{
  int result = start(s, err);
  if (result < 0)
    return result;
  const pid_t worker = s->worker;
  int status = watch(s);
  struct df_death death = classify(s, status);
  if (status != 0 && s->options->died)
    s->options->died(s->options->context, worker);
  struct df_step step = df_recovery_next(s->options->policy, &s->history, &death);
  df_recovery_note(s->options->policy, &s->history, &death);
  if (death.cause != DF_CAUSE_EXITED && death.cause != DF_CAUSE_STOPPED && s->options->was_done &&
      s->options->was_done(s->options->context)) {
    df_log_say(s->log, DF_LOG_WARNING, "the worker died when all was done");
    *ret_status = 0;
    return 0;
  }
  if (step.action == DF_ACTION_GIVE_UP)
    return give_up(s, err);
  if (step.action == DF_ACTION_END && death.cause == DF_CAUSE_EXITED) {
    *ret_status = WEXITSTATUS(status);
    return 0;
  }
  if (step.action == DF_ACTION_RESTART) {
    char text[160];
    df_log_event(s->log, DF_LOG_WARNING, DF_EVENT_WORKER_RESTARTED,
        "the worker %s; attempt %d begins in %g s", df_death_text(&death, text, sizeof text),
        s->history.count + 1, step.wait);
    if (back_off(s, step.wait))
      return 1;
  }
  return df_fail(err, DF_ESTOPPED, "stopped by the user");
}

int df_supervise(const struct df_supervisor_options *options, struct df_log *log, int *ret_status,
    struct df_error *err)
{
  struct supervisor s = {.options = options, .log = log, .signals = -1, .beats = -1};
  int result = begin(&s, err);
  if (result == 0)
    do
      result = attempt(&s, ret_status, err);
    while (result == 1);
  finish(&s);
  return result;
}
