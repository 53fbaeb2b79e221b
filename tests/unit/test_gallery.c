/* Each test is named after the promise of gallery.h or quality.h that it checks. */
#include "identifier_world.h"
#include "person/gallery.h"
#include "person/quality.h"

static uint32_t noise_state;

static struct df_embedding look_at(int who, float noise)
{
  return world_look(who, noise, &noise_state);
}

static void the_nearest_exemplars_count(void **state)
{
  (void)state;
  noise_state = 1;
  struct df_gallery gallery = {0};
  struct df_embedding a = look_at(1, 0.5f), other = look_at(2, 0.5f);
  assert_true(df_gallery_match(&gallery, &a) == -1);
  df_gallery_add(&gallery, &a, 1, false);
  assert_true(fabsf(df_gallery_match(&gallery, &a) - 1) < 1e-5f);
  struct df_embedding b = look_at(1, 0.5f), c = look_at(1, 3.0f);
  df_gallery_add(&gallery, &b, 1, false);
  df_gallery_add(&gallery, &c, 1, false); /* a bad one does not spoil the match */
  float expected = (1 + df_embedding_cosine(&a, &b)) / 2;
  assert_true(fabsf(df_gallery_match(&gallery, &a) - expected) < 1e-5f);
  assert_true(df_gallery_match(&gallery, &other) < 0.3f);
}

static void a_near_copy_only_replaces_what_is_worse(void **state)
{
  (void)state;
  noise_state = 2;
  struct df_gallery gallery = {0};
  struct df_embedding a = look_at(1, 0.5f), copy = a;
  copy.values[0] += 0.01f;
  df_embedding_normalise(&copy);
  df_gallery_add(&gallery, &a, 0.6f, false);
  df_gallery_add(&gallery, &copy, 0.5f, false);
  assert_int_equal(gallery.count, 1);
  assert_memory_equal(&gallery.exemplars[0].embedding, &a, sizeof a);
  df_gallery_add(&gallery, &copy, 0.9f, false);
  assert_int_equal(gallery.count, 1);
  assert_memory_equal(&gallery.exemplars[0].embedding, &copy, sizeof copy);
}

static void a_full_gallery_stays_diverse_and_keeps_photos(void **state)
{
  (void)state;
  noise_state = 3;
  struct df_gallery gallery = {0};
  struct df_embedding photo = look_at(1, 0.6f), profile = look_at(1, 1.5f);
  df_gallery_add(&gallery, &photo, 1, true);
  df_gallery_add(&gallery, &profile, 0.8f, false);
  for (int i = 0; i < 60; i++) {
    struct df_embedding e = look_at(1, 0.4f);
    df_gallery_add(&gallery, &e, 0.8f, false);
  }
  assert_int_equal(gallery.count, DF_EXEMPLARS);
  assert_true(gallery.exemplars[0].pinned);
  assert_memory_equal(&gallery.exemplars[0].embedding, &photo, sizeof photo);
  float best = -1;
  for (int i = 0; i < gallery.count; i++)
    best = fmaxf(best, df_embedding_cosine(&gallery.exemplars[i].embedding, &profile));
  assert_true(best > 0.999f); /* the view unlike the others is kept */
}

static void a_poor_exemplar_counts_less(void **state)
{
  (void)state;
  noise_state = 4;
  struct df_gallery good = {0}, poor = {0};
  struct df_embedding a = look_at(1, 0.5f), b = look_at(1, 0.5f);
  df_gallery_add(&good, &a, 0.5f, false);
  df_gallery_add(&poor, &a, 0.1f, false);
  assert_true(df_gallery_match(&poor, &b) < df_gallery_match(&good, &b) - 0.05f);
}

static void likeness_tells_one_person_from_two(void **state)
{
  (void)state;
  noise_state = 5;
  struct df_gallery a = {0}, same = {0}, other = {0}, empty = {0};
  for (int i = 0; i < 4; i++) {
    struct df_embedding e = look_at(1, 0.5f), f = look_at(1, 0.5f), g = look_at(2, 0.5f);
    df_gallery_add(&a, &e, 1, false);
    df_gallery_add(&same, &f, 1, false);
    df_gallery_add(&other, &g, 1, false);
  }
  assert_true(df_gallery_likeness(&a, &same) > 0.7f);
  assert_true(df_gallery_likeness(&a, &other) < 0.35f);
  assert_true(df_gallery_likeness(&a, &empty) == -1);
  df_gallery_merge(&a, &same);
  assert_int_equal(a.count, DF_EXEMPLARS);
}

static float quality_of(struct actor actor)
{
  struct df_face face = world_face(&actor);
  return df_face_quality(&face, 1, 0, world_width, world_height);
}

static const struct actor good_actor = {.x = 600, .y = 300, .size = 100};

static void quality_falls_with_what_harms_an_embedding(void **state)
{
  (void)state;
  struct actor actor = good_actor;
  float best = quality_of(actor);
  assert_true(best > 0.9f);
  actor.profile = true;
  assert_true(quality_of(actor) < DF_QUALITY_LEAST);
  actor = good_actor;
  actor.size = 28;
  assert_true(quality_of(actor) > DF_QUALITY_LEAST && quality_of(actor) < 0.8f * best);
  actor.size = 12;
  assert_true(quality_of(actor) == 0);
  actor = good_actor;
  actor.x = 5; /* half of it outside the picture */
  assert_true(quality_of(actor) < DF_QUALITY_LEAST);
  struct df_face face = world_face(&good_actor);
  face.score = 0.3f;
  assert_true(df_face_quality(&face, 1, 0, world_width, world_height) < DF_QUALITY_LEAST);
}

static void an_overlapped_face_is_useless(void **state)
{
  (void)state;
  struct actor other = good_actor;
  other.x += 60;
  struct df_face faces[2] = {world_face(&good_actor), world_face(&other)};
  assert_true(df_face_quality(faces, 2, 0, world_width, world_height) < DF_QUALITY_LEAST);
  assert_true(df_face_quality(faces, 1, 0, world_width, world_height) > DF_QUALITY_GOOD);
}

static void blur_is_known_afterwards(void **state)
{
  (void)state;
  assert_true(df_look_quality(1, 60, 1) < DF_QUALITY_LEAST);
  assert_true(df_look_quality(1, 60, 8) == 1);
  assert_true(df_look_quality(0.7f, 60, 0) == 0.7f); /* unknown */
  assert_true(df_look_quality(1, 24, 1.5f) > 2 * df_look_quality(1, 60, 1.5f));
}

static void what_is_no_face_has_no_quality(void **state)
{
  (void)state;
  struct df_face face = world_face(&good_actor);
  face.points[3].y = NAN;
  assert_true(df_face_quality(&face, 1, 0, world_width, world_height) == 0);
  face = world_face(&good_actor);
  face.box.w = 0;
  assert_true(df_face_quality(&face, 1, 0, world_width, world_height) == 0);
  face = (struct df_face){.box = {0, 0, 50, 50}, .score = 1}; /* all points in one place */
  assert_true(df_face_quality(&face, 1, 0, world_width, world_height) == 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_nearest_exemplars_count),
      cmocka_unit_test(a_near_copy_only_replaces_what_is_worse),
      cmocka_unit_test(a_full_gallery_stays_diverse_and_keeps_photos),
      cmocka_unit_test(a_poor_exemplar_counts_less),
      cmocka_unit_test(likeness_tells_one_person_from_two),
      cmocka_unit_test(quality_falls_with_what_harms_an_embedding),
      cmocka_unit_test(an_overlapped_face_is_useless),
      cmocka_unit_test(blur_is_known_afterwards),
      cmocka_unit_test(what_is_no_face_has_no_quality),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
