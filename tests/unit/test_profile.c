/* Each test is named after the promise of profile.h that it checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/profile.h"

static void every_codec_has_every_profile(void **state)
{
  (void)state;
  const char *const encoders[DF_CODECS] = {NULL, "libx264", "libx265", "libsvtav1"};
  for (int codec = DF_CODEC_H264; codec < DF_CODECS; codec++)
    for (int name = 0; name < DF_PROFILES; name++) {
      const struct df_profile *profile = df_profile_get(codec, name);
      assert_string_equal(profile->encoder, encoders[codec]);
      assert_non_null(profile->preset);
      assert_true(profile->gop_seconds > 0);
      assert_true((profile->bitrate > 0) != (profile->crf > 0));
    }
}

static void names_are_in_the_order_of_the_enums(void **state)
{
  (void)state;
  assert_string_equal(df_codec_names[DF_CODEC_AUTO], "auto");
  assert_string_equal(df_codec_names[DF_CODEC_AV1], "av1");
  assert_string_equal(df_profile_names[DF_PROFILE_REALTIME], "realtime");
  assert_string_equal(df_profile_names[DF_PROFILE_ARCHIVAL], "archival");
}

static void quality_rises_from_balanced_to_archival(void **state)
{
  (void)state;
  for (int codec = DF_CODEC_H264; codec < DF_CODECS; codec++) {
    int balanced = df_profile_get(codec, DF_PROFILE_BALANCED)->crf;
    int quality = df_profile_get(codec, DF_PROFILE_QUALITY)->crf;
    int archival = df_profile_get(codec, DF_PROFILE_ARCHIVAL)->crf;
    assert_true(balanced > quality && quality > archival);
  }
}

static void realtime_has_no_delay_and_streaming_a_bit_rate(void **state)
{
  (void)state;
  for (int codec = DF_CODEC_H264; codec < DF_CODECS; codec++) {
    assert_int_equal(df_profile_get(codec, DF_PROFILE_REALTIME)->b_frames, 0);
    assert_true(df_profile_get(codec, DF_PROFILE_STREAMING)->bitrate > 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_codec_has_every_profile),
      cmocka_unit_test(names_are_in_the_order_of_the_enums),
      cmocka_unit_test(quality_rises_from_balanced_to_archival),
      cmocka_unit_test(realtime_has_no_delay_and_streaming_a_bit_rate),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
