/*
 * HDR10 static metadata in the words of those who want it: x265, SVT-AV1, and a container's stream. Pure
 * but for df_hdr_attach.
 */
#ifndef DF_MEDIA_HDR_H
#define DF_MEDIA_HDR_H

#include <stddef.h>

#include "media/input.h"

struct AVStream;

/** Appends ":master-display=...:max-cll=..." as x265 writes them to the text in `params`. */
void df_hdr_x265(const struct df_hdr *hdr, char *params, size_t size);

/** Appends ":mastering-display=...:content-light=..." as SVT-AV1 writes them. */
void df_hdr_svt(const struct df_hdr *hdr, char *params, size_t size);

/** The brightest that the content gets, cd/m2, as the metadata says; 0 when it does not. */
double df_hdr_peak(const struct df_hdr *hdr);

/** Gives the metadata to a stream to be written, for the container's own boxes. 0 or DF_ENOMEM. */
int df_hdr_attach(const struct df_hdr *hdr, struct AVStream *stream);

#endif
