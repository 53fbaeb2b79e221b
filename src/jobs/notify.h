/*
 * Tells systemd how a service is (sd_notify(3)): a datagram to the socket that $NOTIFY_SOCKET names. Does nothing
 * where there is none.
 */
#ifndef DF_JOBS_NOTIFY_H
#define DF_JOBS_NOTIFY_H

/** Sends `state`, such as "READY=1" or "STATUS=...". What cannot be sent is nobody's error. Thread-safe. */
void df_notify(const char *state);

#endif
