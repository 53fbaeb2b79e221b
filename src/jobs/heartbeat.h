/*
 * The worker's side of being supervised (supervisor.h): it says from time to time that it lives and how many
 * pictures it has made, so that the supervisor can tell one that works from one that only breathes.
 *
 * A beat is the number of pictures as an int64_t of this machine, written to a pipe. When the pipe is full the beat
 * is left out: a supervisor that does not listen holds nobody up.
 */
#ifndef DF_JOBS_HEARTBEAT_H
#define DF_JOBS_HEARTBEAT_H

/** By which the supervisor says where to beat: "DESCRIPTOR:SUPERVISOR:ATTEMPT", three whole numbers. */
#define DF_HEARTBEAT_VARIABLE "DUALFACE_HEARTBEAT"

struct df_heartbeat;

/** Which attempt this process is under its supervisor, from 1; 1 without one. Before df_heartbeat_open. */
int df_heartbeat_attempt(void);

/**
 * The way to this process's supervisor; NULL without one, which every function here accepts. Children do not
 * inherit it: the variable is taken out of the environment. Before other threads run.
 */
struct df_heartbeat *df_heartbeat_open(void);

/** Beats; never waits. Of one thread at a time. */
void df_heartbeat_beat(struct df_heartbeat *heartbeat, long long pictures);

/** Sets *heartbeat to NULL. */
void df_heartbeat_close(struct df_heartbeat **heartbeat);

#endif
