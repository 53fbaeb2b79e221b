/* Each test is named after the promise of identifier.h that it checks. */
#include "identifier_world.h"

static struct world begin_talk(double settle)
{
  struct world world = world_begin((struct df_identifier_options){.settle = settle});
  world_place(&world, 0, 1, 320, 120);
  world_place(&world, 1, 2, 960, 130);
  return world;
}

static void assert_shown(const struct world *world, int left, int right)
{
  assert_int_equal(world_shown(world, DF_LEFT), left);
  assert_int_equal(world_shown(world, DF_RIGHT), right);
}

static void seats_are_given_on_the_first_usable_frame(void **state)
{
  (void)state;
  struct world world = begin_talk(0);
  world_step(&world);
  assert_shown(&world, 0, 1);
  assert_true(df_identifier_settled(world.identifier));
  assert_int_equal(df_identifier_people(world.identifier), 2);
  world_end(&world);
}

static void a_quiet_talk_asks_for_few_embeddings(void **state)
{
  (void)state;
  struct world world = begin_talk(1);
  for (int i = 0; i < 60 * 30; i++) {
    world.actors[0].x = 320 + 20 * sinf((float)i / 20);
    world.actors[1].x = 960 + 20 * sinf((float)i / 27);
    world_step(&world);
    if (i > 30)
      assert_shown(&world, 0, 1);
  }
  assert_true(world.asked < 60 * 30 / 100);
  assert_int_equal(world.asked_why[DF_ASK_BORN], 2);
  assert_true(world.asked_why[DF_ASK_REFRESH] >= 6);
  assert_int_equal(df_identifier_people(world.identifier), 2);
  assert_int_equal(df_identifier_switches(world.identifier), 0);
  world_end(&world);
}

/* Both walk to the other's side; `swapped`: the tracker exchanges them where they meet. */
static void cross(bool swapped)
{
  struct world world = begin_talk(0.5);
  world_run(&world, 3);
  for (int i = 0; i <= 60; i++) {
    world.actors[0].x = 320 + (float)i * 640 / 60;
    world.actors[1].x = 960 - (float)i * 640 / 60;
    if (i == 30 && swapped) {
      world.actors[0].track = 2;
      world.actors[1].track = 1;
    }
    world_step(&world);
  }
  world_run(&world, 2);
  assert_shown(&world, 0, 1);
  assert_true(world.asked_why[DF_ASK_CROSSED] >= 2);
  assert_int_equal(df_identifier_switches(world.identifier), swapped ? 2 : 0);
  assert_int_equal(df_identifier_people(world.identifier), 2);
  world_end(&world);
}

static void crossing_faces_keep_their_people(void **state)
{
  (void)state;
  cross(false);
}

static void exchanged_tracks_are_found_out(void **state)
{
  (void)state;
  cross(true);
}

static void who_leaves_and_returns_elsewhere_has_the_same_seat(void **state)
{
  (void)state;
  struct world world = begin_talk(0.5);
  world_run(&world, 3);
  world.actors[1].here = false;
  world_run(&world, 5);
  assert_shown(&world, 0, -1);
  world_place(&world, 1, 7, 120, 110);
  world_run(&world, 0.2);
  assert_shown(&world, 0, 1);
  world_end(&world);
}

static void a_reverse_angle_exchanges_places_not_seats(void **state)
{
  (void)state;
  struct world world = begin_talk(0.5);
  world_run(&world, 3);
  for (int i = 0; i < 6; i++) {
    float x = world.actors[0].x;
    world.actors[0].x = world.actors[1].x;
    world.actors[1].x = x;
    world_cut(&world);
    world_step(&world);
    assert_shown(&world, 0, 1); /* on the very frame of the cut */
    world_run(&world, 2);
    assert_shown(&world, 0, 1);
  }
  assert_true(world.asked_why[DF_ASK_CUT] >= 12);
  assert_int_equal(df_identifier_switches(world.identifier), 0);
  assert_int_equal(df_identifier_people(world.identifier), 2);
  world_end(&world);
}

static void a_close_up_shows_its_person_only(void **state)
{
  (void)state;
  struct world world = begin_talk(0.5);
  world_run(&world, 3);
  world.actors[0].here = false;
  world_place(&world, 1, 2, 500, 320);
  world_cut(&world);
  world_step(&world);
  assert_shown(&world, -1, 1);
  world_run(&world, 5);
  assert_shown(&world, -1, 1);
  world_end(&world);
}

static void a_passer_by_takes_no_seat(void **state)
{
  (void)state;
  struct world world = begin_talk(0.5);
  world_run(&world, 3);
  world_place(&world, 2, 9, 100, 100);
  for (int i = 0; i < 90; i++) {
    world.actors[2].x = 20 + (float)i * 14;
    world.actors[2].y = 500;
    world_step(&world);
    assert_shown(&world, 0, 1);
  }
  world_end(&world);
}

static void one_person_takes_the_seat_of_his_side(void **state)
{
  (void)state;
  for (int side = 0; side < 2; side++) {
    struct world world = world_begin((struct df_identifier_options){.settle = 1});
    world_place(&world, 0, 1, side ? 900 : 380, 120);
    world_run(&world, 3);
    assert_shown(&world, side ? -1 : 0, side ? 0 : -1);
    assert_true(df_identifier_settled(world.identifier));
    world_place(&world, 1, 2, side ? 1100 : 150, 120); /* even from the outer side */
    world_run(&world, 3);
    assert_shown(&world, side ? 1 : 0, side ? 0 : 1);
    world_end(&world);
  }
}

static void nobody_is_fine(void **state)
{
  (void)state;
  struct world world = world_begin((struct df_identifier_options){.settle = 1});
  assert_false(df_identifier_settled(world.identifier));
  world_run(&world, 3);
  assert_true(df_identifier_settled(world.identifier));
  assert_shown(&world, -1, -1);
  assert_int_equal(world.result.seat_person[DF_LEFT], DF_NOBODY);
  assert_int_equal(df_identifier_people(world.identifier), 0);
  world_end(&world);
}

static void profiles_are_not_asked_about_but_get_seats(void **state)
{
  (void)state;
  struct world world = begin_talk(3);
  world.actors[0].profile = world.actors[1].profile = true;
  world_run(&world, 4);
  assert_shown(&world, 0, 1);
  assert_int_equal(world.asked, 0);
  world.actors[0].profile = world.actors[1].profile = false;
  world_run(&world, 1); /* who looks up now is learnt */
  assert_shown(&world, 0, 1);
  world.actors[0].x = 960;
  world.actors[1].x = 320;
  world_cut(&world);
  world_step(&world);
  assert_shown(&world, 0, 1);
  world_end(&world);
}

static void small_faces_get_seats(void **state)
{
  (void)state;
  struct world world = begin_talk(2);
  world.actors[0].size = world.actors[1].size = 26;
  world.sharpness = 3;
  world.noise = 0.8f;
  world_run(&world, 3);
  assert_shown(&world, 0, 1);
  world_run(&world, 60);
  assert_shown(&world, 0, 1);
  assert_true(world.asked < 63 * 30 / 20);
  world_end(&world);
}

static void without_embedder_places_decide(void **state)
{
  (void)state;
  struct world world = begin_talk(1);
  world.no_embedder = true;
  world_run(&world, 2);
  assert_shown(&world, 0, 1);
  world_cut(&world);
  world.actors[0].size = 200;
  world_step(&world);
  assert_shown(&world, 0, 1);
  world.actors[1].here = false;
  world_run(&world, 3);
  assert_shown(&world, 0, -1);
  world_place(&world, 1, 500, 1000, 120);
  world_run(&world, 2);
  assert_shown(&world, 0, 1);
  world_run(&world, 60);
  assert_true(world.asked < 65 * 30 / 20);
  assert_int_equal(df_identifier_switches(world.identifier), 0);
  world_end(&world);
}

static void a_named_seat_waits_for_its_person(void **state)
{
  (void)state;
  struct world world = begin_talk(1);
  uint32_t random = 4;
  struct df_embedding photo = world_look(5, 0.6f, &random), none = {0};
  assert_int_equal(df_identifier_name(world.identifier, DF_LEFT, &photo), 0);
  photo = world_look(5, 0.6f, &random);
  assert_int_equal(df_identifier_name(world.identifier, DF_LEFT, &photo), 0);
  assert_true(df_identifier_name(world.identifier, DF_RIGHT, &none) < 0);
  world_run(&world, 3);
  assert_int_equal(world_shown(&world, DF_LEFT), -1);
  assert_int_equal(world_shown(&world, DF_RIGHT), 1); /* the larger of the two others */
  world_place(&world, 5, 9, 640, 100);
  world_run(&world, 0.2);
  assert_shown(&world, 5, 1);
  world_end(&world);
}

static void photos_beat_places(void **state)
{
  (void)state;
  struct world world = begin_talk(1);
  uint32_t random = 4;
  struct df_embedding photo = world_look(1, 0.6f, &random);
  assert_int_equal(df_identifier_name(world.identifier, DF_LEFT, &photo), 0);
  photo = world_look(0, 0.6f, &random);
  assert_int_equal(df_identifier_name(world.identifier, DF_RIGHT, &photo), 0);
  world_step(&world);
  assert_shown(&world, 1, 0);
  assert_true(df_identifier_settled(world.identifier));
  world_end(&world);
}

static void swap_exchanges_the_sides(void **state)
{
  (void)state;
  struct world world = world_begin((struct df_identifier_options){.settle = 0.5, .swap = true});
  world_place(&world, 0, 1, 320, 120);
  world_place(&world, 1, 2, 960, 130);
  world_run(&world, 1);
  assert_shown(&world, 1, 0);
  world_end(&world);
}

static void sides_are_averaged_over_the_first_seconds(void **state)
{
  (void)state;
  struct world world = begin_talk(4);
  world.actors[0].x = 1100; /* begins right of the other, then goes left */
  world_run(&world, 0.5);
  assert_false(df_identifier_settled(world.identifier));
  assert_int_equal(world.result.seat_person[DF_LEFT], DF_NOBODY);
  for (int i = 0; i < 30; i++) {
    world.actors[0].x = 1100 - 27 * (float)i;
    world_step(&world);
  }
  world_run(&world, 4);
  assert_true(df_identifier_settled(world.identifier));
  assert_shown(&world, 0, 1);
  world_end(&world);
}

static void seats_can_be_asked_for_before_they_are_settled(void **state)
{
  (void)state;
  struct world world = begin_talk(10);
  world_run(&world, 1);
  int person[DF_SEATS];
  df_identifier_seats(world.identifier, person);
  assert_int_equal(person[DF_LEFT], world_person(&world, 0));
  assert_int_equal(person[DF_RIGHT], world_person(&world, 1));
  world_end(&world);
}

static void the_audience_does_not_take_an_open_seat(void **state)
{
  (void)state;
  struct world world = world_begin((struct df_identifier_options){.settle = 1});
  world_place(&world, 0, 1, 380, 200);
  for (int i = 10; i < 20; i++)
    world_place(&world, i, i, 500 + 60 * (float)(i - 10), 30);
  world_run(&world, 6);
  assert_shown(&world, 0, -1);
  world_place(&world, 1, 50, 1000, 180);
  world_run(&world, 1);
  assert_shown(&world, 0, 1);
  world_end(&world);
}

static void one_face_per_person_when_strangers_look_alike(void **state)
{
  (void)state;
  struct world world = begin_talk(0.5);
  world_run(&world, 2);
  world_place(&world, 2, 9, 640, 100); /* a twin of the first beside him */
  world.actors[2].who = 0;
  world_run(&world, 10); /* exclusiveness is checked on every frame */
  assert_shown(&world, 0, 1);
  world_end(&world);
}

static void a_crowd_is_bounded(void **state)
{
  (void)state;
  struct world world = world_begin((struct df_identifier_options){.settle = 1});
  for (int shot = 0; shot < 6; shot++) {
    for (int i = 0; i < 60; i++) {
      world_place(&world, i, 1 + i + 100 * shot, 60 + 120 * (float)(i % 10), 60);
      world.actors[i].y = 60 + 110 * (float)(i / 10);
      world.actors[i].who = 100 * shot + i;
    }
    world.cut_next = shot > 0;
    world_run(&world, 3);
  }
  world_end(&world);
}

static void people_founded_apart_become_one(void **state)
{
  (void)state;
  struct world world = begin_talk(1);
  world_run(&world, 2);
  world.actors[1].here = false;
  world_place(&world, 0, 30, 400, 130);
  world.actors[0].profile = true; /* founded anew by place, for no look is to be had */
  world_cut(&world);
  world_run(&world, 3);
  world.actors[0].profile = false;
  world_run(&world, 1);
  assert_shown(&world, 0, -1);
  world_end(&world);
}

/* Actors 0 and 1 are known by one exact direction each; then a cut shows looks of another likeness. */
static bool is_known_at_cut(float likeness)
{
  struct world world = begin_talk(0.5);
  world.noise = 0;
  world_run(&world, 3);
  world.actors[1].here = false;
  world_cut(&world);
  world.likeness = likeness;
  world_step(&world);
  bool known = world_shown(&world, DF_LEFT) == 0;
  world_end(&world);
  return known;
}

static void a_seat_owner_is_expected_to_come_back(void **state)
{
  (void)state;
  assert_true(is_known_at_cut(0.5f));
  assert_true(is_known_at_cut(0.32f)); /* below the threshold, but like nobody else */
  assert_false(is_known_at_cut(0.2f));
}

static void a_small_face_is_known_by_its_place_too(void **state)
{
  (void)state;
  for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
    struct world world = begin_talk(0.5);
    world.noise = 0;
    world.actors[0].size = world.actors[1].size = 22;
    world_run(&world, 4);
    assert_shown(&world, 0, 1);
    world.actors[1].here = false;
    world_run(&world, 2);
    world.likeness = 0.38f;
    world_place(&world, 1, 9, elsewhere ? 640 : 965, 22);
    world_run(&world, 0.2);
    assert_shown(&world, 0, elsewhere ? -1 : 1);
    world_end(&world);
  }
}

static void a_stranger_is_founded_on_two_looks_that_agree(void **state)
{
  (void)state;
  struct world world = begin_talk(0.5);
  world_run(&world, 3);
  world.actors[0].here = world.actors[1].here = false;
  world_place(&world, 2, 9, 500, 150);
  world_cut(&world);
  world.noise = 20; /* no look is like another */
  world_run(&world, 0.5);
  assert_int_equal(df_identifier_people(world.identifier), 2);
  world.noise = 0.5f;
  world_run(&world, 1.5);
  assert_int_equal(df_identifier_people(world.identifier), 3);
  assert_int_equal(world_person(&world, 2), 2);
  assert_shown(&world, -1, -1);
  world_end(&world);
}

static void a_track_that_went_to_a_stranger_loses_its_person(void **state)
{
  (void)state;
  struct world world = begin_talk(0.5);
  world_run(&world, 3);
  world.actors[0].who = 7;
  world.actors[0].x += 100; /* the same track jumps to somebody else */
  world_run(&world, 4);
  assert_shown(&world, -1, 1);
  assert_int_equal(df_identifier_switches(world.identifier), 1);
  world_end(&world);
}

static void who_returns_gets_his_person_back_from_a_wrong_track(void **state)
{
  (void)state;
  struct world world = begin_talk(0.5);
  world_run(&world, 3);
  world.actors[0].who = 7; /* the track slips to a stranger, and nothing shows it */
  world_run(&world, 0.5);
  world_place(&world, 3, 9, 640, 120);
  world.actors[3].who = 0;
  world_run(&world, 1.5);
  assert_shown(&world, 3, 1);
  world_end(&world);
}

static void a_half_noticed_exchange_leaves_nobody_twice(void **state)
{
  (void)state;
  struct world world = begin_talk(0.5);
  world_run(&world, 4.2); /* between two refreshes */
  world.actors[0].who = 1;
  world.actors[1].who = 0;
  world.actors[0].size *= 1.5f; /* a mild doubt */
  world.actors[1].x -= 90;      /* an event */
  world_run(&world, 3);         /* exclusiveness is checked on every frame */
  assert_shown(&world, 1, 0);
  world_end(&world);
}

static void one_person_never_takes_both_seats(void **state)
{
  (void)state;
  struct world world = world_begin((struct df_identifier_options){.settle = 0.5});
  world_place(&world, 0, 1, 320, 120);
  world_run(&world, 3);
  world.actors[0].profile = true;
  world.actors[0].x = 900;
  world_cut(&world);
  world_run(&world, 3);
  assert_int_equal(world.result.seat_person[DF_RIGHT], DF_NOBODY);
  world_run(&world, 4); /* for so long that he passes for another one */
  assert_shown(&world, -1, 0);
  world.actors[0].profile = false;
  world_run(&world, 1);
  assert_shown(&world, 0, -1);
  assert_int_equal(world.result.seat_person[DF_RIGHT], DF_NOBODY);
  world_end(&world);
}

static void two_views_of_one_person_become_one(void **state)
{
  (void)state;
  struct world world = begin_talk(0.5);
  world.noise = 0;
  world_run(&world, 3);
  world.actors[1].here = false;
  world.actors[0].who = 900; /* a view that is like nobody known */
  world_cut(&world);
  world_run(&world, 3);
  assert_true(world_person(&world, 0) > 1);
  world.actors[0].who = 0;
  world.likeness = 0.7f; /* now a view between the two: 0.7 to either */
  world_cut(&world);
  world_run(&world, 1);
  assert_shown(&world, 0, -1);
  world.likeness = 0;
  world.actors[0].who = 900;
  world_cut(&world);
  world_step(&world);
  assert_shown(&world, 0, -1); /* both views are his now */
  world_end(&world);
}

static void two_seen_in_one_frame_are_never_joined(void **state)
{
  (void)state;
  struct world world = begin_talk(0.5);
  world.noise = 0;
  world_run(&world, 3);
  int owner = world_person(&world, 0);
  world.actors[1].here = false;
  world.actors[0].who = 900;
  world_cut(&world);
  world_run(&world, 3);
  int other = world_person(&world, 0);
  assert_int_not_equal(other, owner);
  world.actors[0].who = 0;
  world.actors[0].size = 200;
  world.likeness = 0.7f; /* a view between the two, but the other one is there as well */
  world_place(&world, 2, 9, 900, 100);
  world.actors[2].who = 900;
  world_cut(&world);
  world_step(&world);
  assert_int_equal(world_person(&world, 0), owner);
  assert_int_equal(world_person(&world, 2), other);
  world_run(&world, 2);
  assert_int_equal(world_person(&world, 0), owner);
  assert_int_equal(world_person(&world, 2), other);
  world_end(&world);
}

static void blurred_bystanders_cost_little(void **state)
{
  (void)state;
  for (int crowd = 0; crowd < 2; crowd++) {
    struct world world = world_begin((struct df_identifier_options){.settle = 1});
    world.sharpness = 1;
    for (int i = 0; i < (crowd ? 30 : 1); i++)
      world_place(&world, i, i + 1, 40 + 41 * (float)i, 30);
    world_run(&world, 60);
    assert_true(world.asked < (crowd ? 300 : 30));
    world_end(&world);
  }
}

/* A cut shows one owner and faces that cannot be looked at; `faces` of them. */
static int shown_beside(int faces)
{
  struct world world = begin_talk(0.5);
  world_run(&world, 3);
  world.actors[1].here = false;
  for (int i = 0; i < faces; i++) {
    world_place(&world, 10 + i, 30 + i, 700 + 150 * (float)i, 120);
    world.actors[10 + i].profile = true;
  }
  world_cut(&world);
  world_run(&world, 2);
  assert_int_equal(world_shown(&world, DF_LEFT), 0);
  int shown = world_shown(&world, DF_RIGHT);
  world_end(&world);
  return shown;
}

static void the_only_face_left_is_the_missing_owner(void **state)
{
  (void)state;
  assert_int_equal(shown_beside(1), 10);
  assert_int_equal(shown_beside(3), -1);
}

static void run_restless(struct df_identities *results, int frames)
{
  struct world world = begin_talk(1);
  uint32_t random = 3;
  for (int i = 0; i < frames; i++) {
    int actor = (int)(world_uniform(&random) * 5);
    if (world_uniform(&random) < 0.1f) {
      world_place(&world, actor, 1 + (int)(world_uniform(&random) * 12),
          world_uniform(&random) * world_width, 20 + 150 * world_uniform(&random));
      world.actors[actor].profile = world_uniform(&random) < 0.3f;
      for (int other = 0; other < 5; other++)
        if (other != actor && world.actors[other].track == world.actors[actor].track)
          world.actors[other].here = false;
    }
    if (world_uniform(&random) < 0.05f)
      world.actors[actor].here = false;
    if (world_uniform(&random) < 0.01f)
      world.cut_next = true;
    world_step(&world);
    results[i] = world.result;
  }
  world_end(&world);
}

static void same_observations_in_same_identities_out(void **state)
{
  (void)state;
  static struct df_identities once[2000], again[2000];
  run_restless(once, 2000);
  run_restless(again, 2000);
  assert_memory_equal(once, again, sizeof once);
}

static float wild(uint32_t *random)
{
  static const float values[] = {NAN, INFINITY, -INFINITY, 0, -5, 3e38f, 1e-30f};
  float choice = world_uniform(random);
  return choice < 0.1f ? values[(int)(world_uniform(random) * 7)] : world_uniform(random) * 900;
}

static void any_input_is_survived(void **state)
{
  (void)state;
  struct df_identifier *identifier = df_identifier_create(
      &(struct df_identifier_options){.picture_width = 640, .picture_height = 360});
  uint32_t random = 11;
  for (int frame = 0; frame < 3000; frame++) {
    struct df_face faces[80];
    struct df_tracked tracked[80] = {0};
    size_t count = (size_t)(world_uniform(&random) * (frame % 10 ? 5 : 80));
    for (size_t i = 0; i < count; i++) {
      faces[i].box = (struct df_box){wild(&random), wild(&random), wild(&random), wild(&random)};
      faces[i].score = wild(&random) / 800;
      for (int p = 0; p < DF_FACE_POINTS; p++)
        faces[i].points[p] = (struct df_point){wild(&random), wild(&random)};
      tracked[i].track = (int)(world_uniform(&random) * 100);
    }
    struct df_ask asks[DF_ASK_MAX];
    struct df_answer answers[DF_ASK_MAX + 1] = {0};
    int asked = df_identifier_ask(identifier, (double)wild(&random) + frame,
        world_uniform(&random) < 0.05f, faces, tracked, count, asks);
    assert_in_range(asked, 0, DF_ASK_MAX);
    for (int i = 0; i < asked; i++) {
      assert_true(asks[i].face < count);
      answers[i].track = asks[i].track;
      answers[i].face = asks[i].face;
      answers[i].sharpness = wild(&random);
      answers[i].embedding = world_look((int)(world_uniform(&random) * 6), 0.5f, &random);
      if (world_uniform(&random) < 0.2f)
        answers[i].embedding.values[3] = wild(&random);
    }
    struct df_identities result;
    assert_int_equal(df_identifier_tell(identifier, answers, (size_t)asked, &result), 0);
    for (int i = 0; i < 64; i++)
      for (int j = 0; j < i; j++)
        assert_true(result.person[i] == DF_NOBODY || result.person[i] != result.person[j]);
  }
  df_identifier_destroy(&identifier);
}

static void people_have_letters_then_numbers(void **state)
{
  (void)state;
  static const struct {
    int person;
    const char *name;
  } names[] = {{0, "A"}, {25, "Z"}, {26, "P27"}, {999, "P1000"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char name[8];
    df_person_name(names[i].person, name);
    assert_string_equal(name, names[i].name);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(seats_are_given_on_the_first_usable_frame),
      cmocka_unit_test(a_quiet_talk_asks_for_few_embeddings),
      cmocka_unit_test(crossing_faces_keep_their_people),
      cmocka_unit_test(exchanged_tracks_are_found_out),
      cmocka_unit_test(who_leaves_and_returns_elsewhere_has_the_same_seat),
      cmocka_unit_test(a_reverse_angle_exchanges_places_not_seats),
      cmocka_unit_test(a_close_up_shows_its_person_only),
      cmocka_unit_test(a_passer_by_takes_no_seat),
      cmocka_unit_test(one_person_takes_the_seat_of_his_side),
      cmocka_unit_test(nobody_is_fine),
      cmocka_unit_test(profiles_are_not_asked_about_but_get_seats),
      cmocka_unit_test(small_faces_get_seats),
      cmocka_unit_test(without_embedder_places_decide),
      cmocka_unit_test(a_named_seat_waits_for_its_person),
      cmocka_unit_test(photos_beat_places),
      cmocka_unit_test(swap_exchanges_the_sides),
      cmocka_unit_test(sides_are_averaged_over_the_first_seconds),
      cmocka_unit_test(seats_can_be_asked_for_before_they_are_settled),
      cmocka_unit_test(the_audience_does_not_take_an_open_seat),
      cmocka_unit_test(one_face_per_person_when_strangers_look_alike),
      cmocka_unit_test(a_crowd_is_bounded),
      cmocka_unit_test(people_founded_apart_become_one),
      cmocka_unit_test(a_seat_owner_is_expected_to_come_back),
      cmocka_unit_test(a_small_face_is_known_by_its_place_too),
      cmocka_unit_test(a_stranger_is_founded_on_two_looks_that_agree),
      cmocka_unit_test(a_track_that_went_to_a_stranger_loses_its_person),
      cmocka_unit_test(who_returns_gets_his_person_back_from_a_wrong_track),
      cmocka_unit_test(a_half_noticed_exchange_leaves_nobody_twice),
      cmocka_unit_test(one_person_never_takes_both_seats),
      cmocka_unit_test(two_views_of_one_person_become_one),
      cmocka_unit_test(two_seen_in_one_frame_are_never_joined),
      cmocka_unit_test(blurred_bystanders_cost_little),
      cmocka_unit_test(the_only_face_left_is_the_missing_owner),
      cmocka_unit_test(same_observations_in_same_identities_out),
      cmocka_unit_test(any_input_is_survived),
      cmocka_unit_test(people_have_letters_then_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
