/*
 * The option table itself: data, and looking things up in it. The lists of choices are those of the
 * modules that mean something by them, so that no name is written twice.
 */
#include "config/option_table.h"

#include <string.h>

#include "jobs/runner.h"
#include "pipeline/bench.h"

#define ENTRY(field) offsetof(struct df_options, field)
#define TASK(field) offsetof(struct df_options, task.field)

enum {
  RUN = DF_COMMAND_RUN,
  ANALYZE = DF_COMMAND_ANALYZE,
  RENDER = DF_COMMAND_RENDER,
  DECIDE = RUN | ANALYZE,
  ENCODE = RUN | RENDER,
  BENCH = DF_COMMAND_BENCH,
  DOCTOR = DF_COMMAND_DOCTOR,
  EVAL = DF_COMMAND_EVAL,
  ALL = RUN | ANALYZE | RENDER,
  GENERAL = DF_COMMAND_GENERAL,
};

_Static_assert(sizeof(enum df_codec) == sizeof(int) &&
                   sizeof(enum df_profile_name) == sizeof(int) &&
                   sizeof(enum df_fit) == sizeof(int) && sizeof(enum df_hardware) == sizeof(int) &&
                   sizeof(enum df_busy) == sizeof(int) &&
                   sizeof(enum df_absent_policy) == sizeof(int),
    "a choice is stored as an int");
_Static_assert(
    ENTRY(height) == ENTRY(width) + sizeof(int), "a size is stored as two ints in a row");

const struct df_command_info df_commands[] = {
    {DF_COMMAND_RUN, "run", "INPUT... -o OUT",
        "Finds the two people of a video and makes the split screen that follows their faces. Of "
        "several INPUTs, of the videos in a folder or of those in a list it makes one each, a few "
        "at a time."},
    {DF_COMMAND_ANALYZE, "analyze", "INPUT --tracks FILE",
        "Finds the people and decides what each half shows, and writes that to a file instead of "
        "making a "
        "video."},
    {DF_COMMAND_RENDER, "render", "INPUT --tracks FILE -o OUT",
        "Makes the split screen from a tracks file, as analyze or run wrote it or edited; no model "
        "is "
        "needed."},
    {DF_COMMAND_BENCH, "bench", "INPUT...",
        "Measures how fast this machine decodes videos, and how fast it does everything; writes no "
        "video."},
    {DF_COMMAND_EVAL, "eval", "TRUTH TRACKS",
        "Compares a tracks file with a file that says who really is where: who was taken for whom, "
        "which half showed whom, and how the windows moved."},
    {DF_COMMAND_DOCTOR, "doctor", "",
        "Says what this machine has that the program can use, what is missing and how to get it."},
    {0},
};

const char *const df_option_group_names[DF_GROUP_HIDDEN] = {
    [DF_GROUP_RESULT] = "Result",
    [DF_GROUP_PART] = "Part of the video",
    [DF_GROUP_PICTURE] = "Picture",
    [DF_GROUP_ENCODING] = "Encoding",
    [DF_GROUP_PEOPLE] = "People",
    [DF_GROUP_CAMERA] = "Camera",
    [DF_GROUP_FILES] = "More files",
    [DF_GROUP_SEVERAL] = "Several videos",
    [DF_GROUP_BENCH] = "Benchmark",
    [DF_GROUP_EVAL] = "Comparison",
    [DF_GROUP_MACHINE] = "Models and machine",
    [DF_GROUP_GENERAL] = "General",
};

/* Of bench: nobody, or one of df_hardware_names. */
static const char *const bench_encoders[] = {"null", "auto", "nvenc", "software", NULL};
_Static_assert(
    DF_BENCH_ENCODER_HARDWARE + DF_HARDWARES == sizeof bench_encoders / sizeof *bench_encoders - 1,
    "all of df_hardware_names");

const struct df_option df_option_table[] = {
    {.name = "output",
        .letter = 'o',
        .placeholder = "OUT",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(output),
        .commands = ENCODE,
        .group = DF_GROUP_RESULT,
        .help = "The video to write: a file, whose extension names the container, or a folder, in "
                "which it "
                "gets the input's name with \"-split\"."},
    {.name = "tracks",
        .placeholder = "FILE",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(tracks),
        .commands = DECIDE,
        .group = DF_GROUP_RESULT,
        .help =
            "Write who was seen where, and the window of each half, frame by frame (JSON Lines)."},
    {.name = "tracks",
        .placeholder = "FILE",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(tracks),
        .commands = RENDER,
        .group = DF_GROUP_RESULT,
        .help = "Take the windows of both halves from this file."},
    {.name = "overwrite",
        .kind = DF_VALUE_NONE,
        .offset = TASK(overwrite),
        .commands = ALL | EVAL,
        .group = DF_GROUP_RESULT,
        .help = "Replace files that exist. Without it nothing that exists is touched."},

    {.name = "start",
        .placeholder = "TIME",
        .kind = DF_VALUE_TIME,
        .offset = TASK(start),
        .fallback = "0",
        .fallback_words = "the beginning",
        .most = 3600000,
        .commands = ALL,
        .group = DF_GROUP_PART,
        .help = "Begin at this time of the input."},
    {.name = "duration",
        .placeholder = "TIME",
        .kind = DF_VALUE_TIME,
        .offset = TASK(duration),
        .fallback_words = "to the end",
        .least = 0.001,
        .most = 3600000,
        .commands = ALL,
        .group = DF_GROUP_PART,
        .help = "Take this much of the input."},

    {.name = "layout",
        .placeholder = "NAME",
        .kind = DF_VALUE_NAME,
        .offset = ENTRY(layout),
        .fallback = "side-by-side",
        .choices = df_layout_names,
        .commands = ALL | BENCH | EVAL,
        .group = DF_GROUP_PICTURE,
        .help = "How the two halves lie: beside each other, or the left one above the right one."},
    {.name = "size",
        .placeholder = "WxH",
        .kind = DF_VALUE_SIZE,
        .offset = ENTRY(width),
        .fallback_words = "1920x1080, stacked 1080x1920",
        .least = 64,
        .most = 8192,
        .commands = ALL | BENCH | EVAL,
        .group = DF_GROUP_PICTURE,
        .help = "Size of the whole output picture in pixels."},
    {.name = "fit",
        .placeholder = "HOW",
        .kind = DF_VALUE_CHOICE,
        .offset = TASK(fit),
        .fallback = "cover",
        .choices = df_fit_names,
        .alias = {"center-crop", "centre-crop"},
        .commands = ALL | BENCH,
        .group = DF_GROUP_PICTURE,
        .help = "How a window that does not have the shape of its half fills it: cut off what does "
                "not fit, "
                "add black bars, change its shape, or show one picture pixel as one output pixel."},

    {.name = "codec",
        .placeholder = "NAME",
        .kind = DF_VALUE_CHOICE,
        .offset = TASK(codec),
        .fallback = "auto",
        .choices = df_codec_names,
        .choice_count = DF_CODECS,
        .commands = ENCODE | BENCH,
        .group = DF_GROUP_ENCODING,
        .help = "Video codec; auto takes HEVC for HDR and H.264 for everything else."},
    {.name = "profile",
        .placeholder = "NAME",
        .kind = DF_VALUE_CHOICE,
        .offset = TASK(profile),
        .fallback = "balanced",
        .choices = df_profile_names,
        .choice_count = DF_PROFILES,
        .commands = ENCODE | BENCH,
        .group = DF_GROUP_ENCODING,
        .help = "What to encode for, from fastest to best."},
    {.name = "crf",
        .placeholder = "N",
        .kind = DF_VALUE_WHOLE,
        .offset = TASK(crf),
        .fallback_words = "the profile's",
        .most = 63,
        .commands = ENCODE | BENCH,
        .group = DF_GROUP_ENCODING,
        .help = "Constant quality, less is better; h264 and hevc go up to 51. Not together with "
                "--bitrate."},
    {.name = "bitrate",
        .placeholder = "RATE",
        .kind = DF_VALUE_RATE,
        .offset = TASK(bitrate),
        .fallback_words = "the profile's",
        .least = 16,
        .most = 1000000,
        .commands = ENCODE | BENCH,
        .group = DF_GROUP_ENCODING,
        .help = "Mean bit rate of the video. Not together with --crf."},
    {.name = "encoder-preset",
        .placeholder = "NAME",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(encoder_preset),
        .fallback_words = "the profile's",
        .commands = ENCODE | BENCH,
        .group = DF_GROUP_ENCODING,
        .help = "The encoder's own name for how hard it tries: ultrafast to veryslow, for av1 0 to "
                "13."},

    {.name = "encoder",
        .placeholder = "WHO",
        .kind = DF_VALUE_CHOICE,
        .offset = TASK(hardware),
        .fallback = "auto",
        .choices = df_hardware_names,
        .choice_count = DF_HARDWARES,
        .commands = ENCODE,
        .group = DF_GROUP_ENCODING,
        .help =
            "Who encodes when a GPU does the work: its NVENC, software on the CPU, or NVENC and "
            "software where it refuses."},

    {.name = "left",
        .placeholder = "PHOTO",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(photos[DF_LEFT]),
        .commands = DECIDE,
        .group = DF_GROUP_PEOPLE,
        .help = "Who sits left: a photo of this person."},
    {.name = "right",
        .placeholder = "PHOTO",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(photos[DF_RIGHT]),
        .commands = DECIDE,
        .group = DF_GROUP_PEOPLE,
        .help = "Who sits right: a photo of this person."},
    {.name = "swap",
        .kind = DF_VALUE_NONE,
        .offset = TASK(swap),
        .commands = DECIDE,
        .group = DF_GROUP_PEOPLE,
        .help = "Exchange left and right where the seats are given by position."},
    {.name = "absent",
        .placeholder = "HOW",
        .kind = DF_VALUE_CHOICE,
        .offset = TASK(absent),
        .fallback = "wide",
        .choices = df_absent_policy_names,
        .choice_count = DF_ABSENT_POLICIES,
        .commands = DECIDE | BENCH,
        .group = DF_GROUP_PEOPLE,
        .help = "What a half shows while its person is not in the picture: the whole picture, the "
                "place where "
                "the person was, a still of the last moment, or black."},
    {.name = "hold",
        .placeholder = "SECONDS",
        .kind = DF_VALUE_NUMBER,
        .offset = TASK(hold_seconds),
        .fallback = "2",
        .most = 3600,
        .commands = DECIDE | BENCH,
        .group = DF_GROUP_PEOPLE,
        .help = "How long a half stays where its person was last seen before it does what --absent "
                "says."},

    {.name = "lookahead",
        .placeholder = "SECONDS",
        .kind = DF_VALUE_NUMBER,
        .offset = TASK(lookahead),
        .fallback = "1.5",
        .most = 10,
        .commands = DECIDE | BENCH,
        .group = DF_GROUP_CAMERA,
        .help = "How far the camera sees into the future, for smooth motion; 0 is the low-latency "
                "mode."},
    {.name = "face-height",
        .placeholder = "SHARE",
        .kind = DF_VALUE_FLOAT,
        .offset = TASK(face_height),
        .fallback = "0.32",
        .least = 0.05,
        .most = 0.9,
        .commands = DECIDE | BENCH,
        .group = DF_GROUP_CAMERA,
        .help = "Height of the face as a share of the height of its half."},
    {.name = "headroom",
        .placeholder = "SHARE",
        .kind = DF_VALUE_FLOAT,
        .offset = TASK(headroom),
        .fallback = "0.24",
        .least = 0.01,
        .most = 0.9,
        .commands = DECIDE | BENCH,
        .group = DF_GROUP_CAMERA,
        .help = "Room above the face as a share of the height of its half."},

    {.name = "observations",
        .placeholder = "FILE",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(observations),
        .commands = DECIDE,
        .group = DF_GROUP_FILES,
        .help = "Write what was seen in each frame, so that another run can decide anew without "
                "looking again."},
    {.name = "replay",
        .placeholder = "FILE",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(replay),
        .commands = DECIDE,
        .group = DF_GROUP_FILES,
        .help = "Decide from such a file instead of looking for faces."},
    {.name = "debug",
        .placeholder = "FILE",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(debug),
        .commands = ENCODE,
        .group = DF_GROUP_FILES,
        .help =
            "Write a video of the whole picture with the faces, people and windows drawn into it."},
    {.name = "contact-sheet",
        .placeholder = "FILE",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(contact_sheet),
        .commands = ENCODE,
        .group = DF_GROUP_FILES,
        .help = "Write frames of the result in order of time as one PNG picture."},

    {.name = "list",
        .placeholder = "FILE",
        .kind = DF_VALUE_TEXT,
        .offset = ENTRY(list),
        .commands = RUN,
        .group = DF_GROUP_SEVERAL,
        .help = "A text file that names more INPUTs, one a line, relative to its own folder; lines "
                "that begin with # are left out."},
    {.name = "streams",
        .placeholder = "N",
        .kind = DF_VALUE_WHOLE,
        .offset = ENTRY(streams),
        .fallback = "0",
        .fallback_words = "what the machine bears",
        .most = DF_RUNNER_STREAMS_MAX,
        .commands = RUN,
        .group = DF_GROUP_SEVERAL,
        .help = "Videos at a time."},
    {.name = "nvenc-busy",
        .placeholder = "WHAT",
        .kind = DF_VALUE_CHOICE,
        .offset = TASK(busy),
        .fallback = "wait",
        .choices = df_busy_names,
        .choice_count = DF_BUSIES,
        .commands = RUN,
        .group = DF_GROUP_SEVERAL,
        .help = "Where NVENC serves no more encoders at once and other videos of this call have them: wait "
                "until one is done, or encode in software meanwhile."},

    {.name = "streams",
        .placeholder = "N",
        .kind = DF_VALUE_WHOLE,
        .offset = ENTRY(streams),
        .fallback = "1",
        .least = 1,
        .most = DF_BENCH_STREAMS_MAX,
        .commands = BENCH,
        .group = DF_GROUP_BENCH,
        .help = "Videos at a time; they take the INPUTs in turn."},
    {.name = "seconds",
        .placeholder = "SECONDS",
        .kind = DF_VALUE_NUMBER,
        .offset = ENTRY(seconds),
        .fallback = "0",
        .fallback_words = "0, to the end of the INPUTs",
        .most = 86400,
        .commands = BENCH,
        .group = DF_GROUP_BENCH,
        .help = "How long to measure, decoding alone and everything each."},
    {.name = "loop",
        .kind = DF_VALUE_NONE,
        .offset = ENTRY(loop),
        .commands = BENCH,
        .group = DF_GROUP_BENCH,
        .help = "Begin an INPUT again when it ends."},
    {.name = "rate",
        .placeholder = "FPS",
        .kind = DF_VALUE_NUMBER,
        .offset = ENTRY(rate),
        .fallback = "0",
        .fallback_words = "0, as many as it takes",
        .most = 10000,
        .commands = BENCH,
        .group = DF_GROUP_BENCH,
        .help = "Pictures a second that each video is fed, as a live one would come."},
    {.name = "encoder",
        .placeholder = "WHO",
        .kind = DF_VALUE_CHOICE,
        .offset = ENTRY(encoder),
        .fallback = "null",
        .choices = bench_encoders,
        .commands = BENCH,
        .group = DF_GROUP_BENCH,
        .help = "Who encodes: nobody, or as with run; what is encoded is dropped."},

    {.name = "plot",
        .placeholder = "FILE",
        .kind = DF_VALUE_TEXT,
        .offset = ENTRY(plot),
        .commands = EVAL,
        .group = DF_GROUP_EVAL,
        .help = "Draw as a PNG picture where faces and windows were over time."},
    {.name = "partial",
        .kind = DF_VALUE_NONE,
        .offset = ENTRY(partial),
        .commands = EVAL,
        .group = DF_GROUP_EVAL,
        .help = "Where one file has more frames than the other, compare those that both have."},

    {.name = "device",
        .placeholder = "WHICH",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(device),
        .fallback = "auto",
        .fallback_words = "auto, the first GPU that can be used, else the CPU",
        .commands = ALL | BENCH,
        .group = DF_GROUP_MACHINE,
        .help = "What does the work: auto, cpu, cuda (an NVIDIA GPU) or cuda:N (the GPU of this "
                "number)."},
    {.name = "models",
        .placeholder = "PATH",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(models),
        .fallback_words = "$DUALFACE_MODELS, else what is installed",
        .commands = DECIDE | BENCH,
        .group = DF_GROUP_MACHINE,
        .help = "Model manifest (models.json) or its folder."},
    {.name = "detector",
        .placeholder = "NAME",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(detector),
        .fallback_words = "the manifest's",
        .commands = DECIDE | BENCH,
        .group = DF_GROUP_MACHINE,
        .help = "The model of the manifest that finds faces."},
    {.name = "embedder",
        .placeholder = "NAME",
        .kind = DF_VALUE_TEXT,
        .offset = TASK(embedder),
        .fallback_words = "the manifest's",
        .commands = DECIDE | BENCH,
        .group = DF_GROUP_MACHINE,
        .help = "The model of the manifest that tells people apart."},
    {.name = "threads",
        .placeholder = "N",
        .kind = DF_VALUE_WHOLE,
        .offset = TASK(threads),
        .fallback = "0",
        .most = 256,
        .commands = ALL | BENCH,
        .group = DF_GROUP_MACHINE,
        .help = "Threads to work with; 0 takes as many as the machine has cores."},

    {.name = "quiet",
        .letter = 'q',
        .kind = DF_VALUE_NONE,
        .offset = ENTRY(quiet),
        .commands = ALL | BENCH | EVAL | DOCTOR,
        .group = DF_GROUP_GENERAL,
        .help = "Say nothing but errors."},
    {.name = "json",
        .kind = DF_VALUE_NONE,
        .offset = ENTRY(json),
        .commands = ALL | BENCH | EVAL | DOCTOR,
        .group = DF_GROUP_GENERAL,
        .help = "Write progress once a second and the result at the end as lines of JSON to "
                "standard output."},
    {.name = "md5",
        .kind = DF_VALUE_NONE,
        .offset = TASK(md5),
        .commands = ENCODE | BENCH,
        .group = DF_GROUP_GENERAL,
        .help =
            "Say the MD5 of the composed pictures; runs that composed the same to the bit say the "
            "same."},
    {.name = "help",
        .letter = 'h',
        .kind = DF_VALUE_NONE,
        .offset = ENTRY(help),
        .commands = ALL | BENCH | EVAL | DOCTOR | GENERAL,
        .group = DF_GROUP_GENERAL,
        .help = "Show this help."},
    {.name = "version",
        .kind = DF_VALUE_NONE,
        .offset = ENTRY(version),
        .commands = GENERAL,
        .group = DF_GROUP_GENERAL,
        .help = "Show the versions of the program and of the libraries that it found."},
    {.name = "manual",
        .kind = DF_VALUE_NONE,
        .offset = ENTRY(manual),
        .commands = GENERAL,
        .group = DF_GROUP_HIDDEN,
        .help = "Print the manual page as man(7) source."},
};
const size_t df_option_count = sizeof df_option_table / sizeof *df_option_table;

const struct df_option *df_option_find(enum df_command command, const char *name, size_t length)
{
  const struct df_option *found = NULL;
  for (const struct df_option *o = df_option_table; o < df_option_table + df_option_count; o++) {
    if (strncmp(o->name, name, length) != 0 || o->name[length] != '\0')
      continue;
    if (o->commands & command)
      return o;
    found = o;
  }
  return found;
}

const struct df_option *df_option_find_letter(enum df_command command, char letter)
{
  const struct df_option *found = NULL;
  for (const struct df_option *o = df_option_table; o < df_option_table + df_option_count; o++) {
    if (!letter || o->letter != letter)
      continue;
    if (o->commands & command)
      return o;
    found = o;
  }
  return found;
}

size_t df_option_choices(const struct df_option *option)
{
  size_t count = option->choice_count;
  if (count == 0 && option->choices)
    while (option->choices[count])
      count++;
  return count;
}

const struct df_command_info *df_command_find(const char *name)
{
  for (const struct df_command_info *info = df_commands; info->name; info++)
    if (strcmp(info->name, name) == 0)
      return info;
  return NULL;
}

const struct df_command_info *df_command_nearest(const char *name)
{
  const struct df_command_info *best = NULL;
  int least = 0;
  for (const struct df_command_info *info = df_commands; info->name; info++) {
    int distance = df_spelling_distance(name, info->name);
    if (df_spelling_near(name, info->name, distance) && (!best || distance < least)) {
      best = info;
      least = distance;
    }
  }
  return best;
}
