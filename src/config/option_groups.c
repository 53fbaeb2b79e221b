/* The commands, and the headings that their options stand under. */
#include "config/option_table.h"

const struct df_command_info df_commands[] = {
    {DF_COMMAND_RUN, "run", "INPUT... -o OUT",
        "Finds the two people of a video and makes the split screen that follows their faces. Of "
        "several INPUTs, of the videos in a folder or of those in a list it makes one each, a few "
        "at a time."},
    {DF_COMMAND_SERVE, "serve", "--watch DIR -o DIR",
        "Makes the split screen of every video that is put into a folder, until it is stopped. "
        "What "
        "is under way when SIGTERM or Ctrl-C comes is still done."},
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
    {DF_COMMAND_JOBS, "jobs", "list|show ID|retry ID...|forget ID...|sweep",
        "Says what became of the videos that were to be made, has those that failed wait for the "
        "next run, or "
        "forgets them; files are left alone. Sweeps away what is done of videos that no run will "
        "go "
        "on with."},
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
    [DF_GROUP_JOBS] = "Jobs",
    [DF_GROUP_BENCH] = "Benchmark",
    [DF_GROUP_EVAL] = "Comparison",
    [DF_GROUP_MACHINE] = "Models and machine",
    [DF_GROUP_GENERAL] = "General",
};
