/*
 * What must not matter to who is who: which way the picture is turned, how many frames a second it has, and how the
 * camera moves over a picture on the wall; and what is not known at first: who comes in half seen, who is painted.
 */
#include "identifier_world.h"

enum { MOMENTS = 64 };

/* What was shown when: actors by seat at some moments of a story, and how many people there were. */
struct account {
  int shown[MOMENTS][DF_SEATS];
  int count;
  size_t people, switches;
};

struct story {
  struct world world;
  bool mirrored;
  struct account account;
};

static float place(const struct story *story, float x)
{
  return story->mirrored ? world_width - x : x;
}

static void show(struct story *story, double seconds)
{
  while (seconds > 0.05) {
    world_run(&story->world, 0.2);
    seconds -= 0.2;
    assert_true(story->account.count < MOMENTS);
    int *shown = story->account.shown[story->account.count++];
    for (enum df_seat seat = 0; seat < DF_SEATS; seat++)
      shown[story->mirrored ? 1 - seat : seat] = world_shown(&story->world, seat);
  }
}

static void walk(struct story *story, int actor, float x, double seconds)
{
  int frames = (int)(seconds * story->world.fps + 0.5);
  float from = story->world.actors[actor].x, to = place(story, x);
  for (int i = 1; i <= frames; i++) {
    story->world.actors[actor].x = from + (to - from) * (float)i / (float)frames;
    world_step(&story->world);
  }
}

/* They talk, one goes and comes back on the other side, there is a cut, they change places by walking, a third comes. */
static struct account tell(double fps, bool mirrored)
{
  struct story story = {.mirrored = mirrored};
  story.world = world_begin((struct df_identifier_options){.settle = 1});
  story.world.fps = fps;
  world_place(&story.world, 0, 1, place(&story, 300), 120);
  world_place(&story.world, 1, 2, place(&story, 900), 130);
  show(&story, 2);
  walk(&story, 1, 1260, 1);
  story.world.actors[1].here = false;
  show(&story, 2);
  world_place(&story.world, 1, 3, place(&story, 100), 130);
  show(&story, 1);
  world_cut(&story.world);
  show(&story, 1);
  walk(&story, 1, 900, 2);
  show(&story, 1);
  world_place(&story.world, 2, 900, place(&story, 600), 110);
  show(&story, 2);
  story.account.people = df_identifier_people(story.world.identifier);
  story.account.switches = df_identifier_switches(story.world.identifier);
  world_end(&story.world);
  return story.account;
}

static void assert_same(const struct account *a, const struct account *b)
{
  assert_int_equal(a->count, b->count);
  assert_int_equal(a->people, b->people);
  assert_int_equal(a->switches, b->switches);
  for (int i = 0; i < a->count; i++)
    for (int seat = 0; seat < DF_SEATS; seat++)
      assert_int_equal(a->shown[i][seat], b->shown[i][seat]);
}

static void each_is_in_his_half_whenever_he_is_there(void **state)
{
  (void)state;
  struct account account = tell(30, false);
  assert_int_equal(account.people, 3);
  assert_int_equal(account.switches, 0);
  for (int i = 5; i < account.count; i++) { /* a second after the beginning */
    bool away = i >= 10 && i < 20;
    assert_int_equal(account.shown[i][DF_LEFT], 0);
    assert_int_equal(account.shown[i][DF_RIGHT], away ? -1 : 1);
  }
}

static void a_mirrored_video_is_decided_mirrored(void **state)
{
  (void)state;
  struct account plain = tell(30, false), mirrored = tell(30, true);
  assert_same(&plain, &mirrored);
}

static void people_are_the_same_at_any_frame_rate(void **state)
{
  (void)state;
  static const double rates[] = {10, 25, 50, 60, 120};
  struct account usual = tell(30, false);
  for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
    struct account account = tell(rates[i], false);
    assert_same(&usual, &account);
  }
}

/* Of the second nothing but half a face can be seen at first, which looks like nobody's. */
static void who_comes_in_half_seen_stays_the_same_person(void **state)
{
  (void)state;
  struct world world = world_begin((struct df_identifier_options){.settle = 1});
  world_place(&world, 0, 1, 300, 120);
  for (int i = 0; i < 300; i++) {
    if (i == 90)
      world_place(&world, 1, 2, world_width - 50, 120);
    if (i >= 90 && i < 130)
      world.actors[1].x -= 8;
    world.actors[1].who = world.actors[1].x > world_width - 70 ? 7 : 1;
    world_step(&world);
    if (i > 130)
      assert_int_equal(world_shown(&world, DF_RIGHT), 1);
  }
  assert_int_equal(world.result.person[world.face_of[1]], 1);
  world_end(&world);
}

/* Turned away, one of the two cannot be looked at; that he is none of those known is plain. */
static void at_the_begin_nobody_waits_for_a_good_look(void **state)
{
  (void)state;
  struct world world = world_begin((struct df_identifier_options){.settle = 1});
  world_place(&world, 0, 1, 300, 120);
  world_place(&world, 1, 2, 960, 120);
  world.actors[1].profile = true;
  for (int i = 0; i < 60; i++) {
    world_step(&world);
    if (i >= 12)
      assert_true(world.result.person[world.face_of[1]] >= 0);
  }
  assert_int_equal(world_shown(&world, DF_LEFT), 0);
  assert_int_equal(world_shown(&world, DF_RIGHT), 1);
  world_end(&world);
}

/* Alone, the same may be whoever comes next: half a second of a face turned away is nobody yet. */
static void who_is_alone_at_the_begin_waits_for_a_good_look(void **state)
{
  (void)state;
  struct world world = world_begin((struct df_identifier_options){.settle = 1});
  world_place(&world, 0, 1, 960, 120);
  world.actors[0].profile = true;
  for (int i = 0; i < 90; i++) {
    if (i == 18)
      world.actors[0].here = false;
    if (i == 30)
      world_place(&world, 0, 2, 400, 120);
    world_step(&world);
  }
  assert_int_equal(df_identifier_people(world.identifier), 1);
  world_end(&world);
}

/* A painted face hangs there, larger than the two who talk and move a little. */
static void a_picture_on_the_wall_gets_no_half(void **state)
{
  (void)state;
  struct world world = world_begin((struct df_identifier_options){.settle = 2});
  world_place(&world, 0, 1, 300, 120);
  world_place(&world, 1, 2, 960, 120);
  world_place(&world, 2, 3, 640, 150);
  for (int i = 0; i < 150; i++) {
    for (int actor = 0; actor < 2; actor++)
      world.actors[actor].turn = 0.05f * sinf((float)i / 9 + (float)actor);
    for (int actor = 0; actor < 3; actor++) /* the camera wanders */
      world.actors[actor].x += 0.5f;
    world_step(&world);
  }
  assert_int_equal(world_shown(&world, DF_LEFT), 0);
  assert_int_equal(world_shown(&world, DF_RIGHT), 1);
  world_end(&world);
}

/* Turns the head and sways. */
static void live(struct world *world, int actor, int i)
{
  world->actors[actor].turn = 0.05f * sinf((float)i / 9 + (float)actor);
  world->actors[actor].x += 0.7f * sinf((float)i / 25 + (float)actor);
}

/* One of the two is late: till then the picture has his half. */
static void a_picture_that_was_mistaken_for_somebody_gives_way(void **state)
{
  (void)state;
  struct world world = world_begin((struct df_identifier_options){.settle = 1});
  world_place(&world, 0, 1, 300, 120);
  world_place(&world, 1, 2, 640, 150);
  for (int i = 0; i < 300; i++) {
    if (i == 60)
      world_place(&world, 2, 3, 960, 120);
    for (int actor = 0; actor < 3; actor += 2)
      live(&world, actor, i);
    world_step(&world);
    if (i == 50)
      assert_int_equal(world_shown(&world, DF_RIGHT), 1);
  }
  assert_int_equal(world_shown(&world, DF_LEFT), 0);
  assert_int_equal(world_shown(&world, DF_RIGHT), 2);
  world_end(&world);
}

/* Nobody is in the room at first; then two come, who are on their own sides. */
static void two_pictures_give_way_to_two_people_by_place(void **state)
{
  (void)state;
  for (int heavier = 0; heavier < 2; heavier++) {
    struct world world = world_begin((struct df_identifier_options){.settle = 1});
    world_place(&world, 0, 1, 500, 150);
    world_place(&world, 1, 2, 640, 150);
    for (int i = 0; i < 360; i++) {
      for (int actor = 2; actor < 4 && i >= 60; actor++) {
        bool left = actor == 2;
        if (i == 60)
          world_place(
              &world, actor, actor + 1, left ? 300 : 960, (actor - 2) == heavier ? 150 : 110);
        live(&world, actor, i);
      }
      world_step(&world);
    }
    assert_int_equal(world_shown(&world, DF_LEFT), 2);
    assert_int_equal(world_shown(&world, DF_RIGHT), 3);
    world_end(&world);
  }
}

/* A head that is small beside the other's is likely the audience, however alive. */
static void a_picture_does_not_give_way_to_a_much_smaller_face(void **state)
{
  (void)state;
  struct world world = world_begin((struct df_identifier_options){.settle = 1});
  world_place(&world, 0, 1, 300, 200);
  world_place(&world, 1, 2, 640, 200);
  world_place(&world, 2, 3, 960, 50);
  for (int i = 0; i < 300; i++) {
    for (int actor = 0; actor < 3; actor += 2)
      live(&world, actor, i);
    world_step(&world);
  }
  assert_int_equal(world_shown(&world, DF_LEFT), 0);
  assert_int_equal(world_shown(&world, DF_RIGHT), 1);
  world_end(&world);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_is_in_his_half_whenever_he_is_there),
      cmocka_unit_test(a_mirrored_video_is_decided_mirrored),
      cmocka_unit_test(people_are_the_same_at_any_frame_rate),
      cmocka_unit_test(who_comes_in_half_seen_stays_the_same_person),
      cmocka_unit_test(at_the_begin_nobody_waits_for_a_good_look),
      cmocka_unit_test(who_is_alone_at_the_begin_waits_for_a_good_look),
      cmocka_unit_test(a_picture_on_the_wall_gets_no_half),
      cmocka_unit_test(a_picture_that_was_mistaken_for_somebody_gives_way),
      cmocka_unit_test(two_pictures_give_way_to_two_people_by_place),
      cmocka_unit_test(a_picture_does_not_give_way_to_a_much_smaller_face),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
