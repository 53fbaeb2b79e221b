/* Each test is named after the promise of survey.h or plan.h that it checks. */
#include <stdlib.h>

#include "identifier_world.h"
#include "person/survey.h"

enum { FILM_FRAMES = 4000, FILM_FACES = 12 };

/* A film that was seen: of each frame, whose faces there are and which tracks they had. */
struct film {
  struct world world; /* its identifier is not used */
  struct df_survey *survey;
  struct df_plan *plan;
  int frames;
  int count[FILM_FRAMES];
  int actor[FILM_FRAMES][FILM_FACES];
  struct df_tracked tracked[FILM_FRAMES][FILM_FACES];
  float width; /* above 0: mirrored in it */
  bool unanswered;
};

static struct film *film_begin(struct df_identifier_options options, double fps)
{
  struct film *film = calloc(1, sizeof *film);
  assert_non_null(film);
  options.picture_width = world_width;
  options.picture_height = world_height;
  options.fps = fps;
  film->world = (struct world){.fps = fps, .noise = 0.5f, .sharpness = 10, .random = 99};
  film->survey = df_survey_create(&options);
  assert_non_null(film->survey);
  return film;
}

static void film_end(struct film *film)
{
  df_survey_destroy(&film->survey);
  df_plan_destroy(&film->plan);
  assert_null(film->survey);
  assert_null(film->plan);
  free(film);
}

static void mirror(struct df_face *face, float width)
{
  face->box.x = width - face->box.x - face->box.w;
  struct df_point p[DF_FACE_POINTS];
  memcpy(p, face->points, sizeof p);
  static const int from[DF_FACE_POINTS] = {1, 0, 2, 4, 3};
  for (int i = 0; i < DF_FACE_POINTS; i++)
    face->points[i] = (struct df_point){width - p[from[i]].x, p[from[i]].y};
}

static void film_step(struct film *film)
{
  struct world *world = &film->world;
  struct df_face faces[FILM_FACES];
  int n = film->frames++;
  size_t count = 0;
  assert_true(n < FILM_FRAMES);
  for (int i = 0; i < FILM_FACES; i++) {
    if (!world->actors[i].here)
      continue;
    world->face_of[i] = count;
    film->actor[n][count] = i;
    faces[count] = world_face(&world->actors[i]);
    if (film->width > 0)
      mirror(&faces[count], film->width);
    film->tracked[n][count++].track = world->actors[i].track;
  }
  film->count[n] = (int)count;
  struct df_ask asks[DF_ASK_MAX];
  struct df_answer answers[DF_ASK_MAX];
  int asked = df_survey_ask(
      film->survey, n / world->fps, world->cut_next, faces, film->tracked[n], count, asks);
  assert_in_range(asked, 0, DF_ASK_MAX);
  world->cut_next = false;
  for (int i = 0; i < asked; i++) {
    world_answer(world, &asks[i], &answers[i]);
    answers[i].later = film->unanswered;
  }
  assert_int_equal(df_survey_tell(film->survey, answers, (size_t)asked), 0);
}

static void film_run(struct film *film, double seconds)
{
  int frames = (int)(seconds * film->world.fps + 0.5);
  for (int i = 0; i < frames; i++)
    film_step(film);
}

/* Lets an actor go somewhere while the film runs. */
static void film_walk(struct film *film, int actor, float x, double seconds)
{
  int frames = (int)(seconds * film->world.fps + 0.5);
  float from = film->world.actors[actor].x;
  for (int i = 1; i <= frames; i++) {
    film->world.actors[actor].x = from + (x - from) * (float)i / (float)frames;
    film_step(film);
  }
}

static void film_solve(struct film *film)
{
  assert_int_equal(df_survey_solve(film->survey, &film->plan), 0);
}

/* The person that an actor is throughout; fails where it is not one or another actor is it too. */
static int film_person(const struct film *film, int actor)
{
  int person = DF_NOBODY, of[FILM_FACES];
  for (int n = 0; n < film->frames; n++) {
    df_plan_people_of(film->plan, n, film->tracked[n], (size_t)film->count[n], of);
    for (int i = 0; i < film->count[n]; i++) {
      if (film->actor[n][i] == actor && person == DF_NOBODY)
        person = of[i];
      if (film->actor[n][i] == actor)
        assert_int_equal(of[i], person);
      else
        assert_true(of[i] == DF_NOBODY || of[i] != person);
    }
  }
  assert_int_not_equal(person, DF_NOBODY);
  return person;
}

static void assert_seated(const struct film *film, int left, int right)
{
  int seats[DF_SEATS];
  df_plan_seats(film->plan, seats);
  assert_int_equal(seats[DF_LEFT], left < 0 ? DF_NOBODY : film_person(film, left));
  assert_int_equal(seats[DF_RIGHT], right < 0 ? DF_NOBODY : film_person(film, right));
}

static struct film *begin_talk(void)
{
  struct film *film = film_begin((struct df_identifier_options){0}, 30);
  world_place(&film->world, 0, 1, 320, 120);
  world_place(&film->world, 1, 2, 960, 130);
  return film;
}

static void two_who_talk_have_their_sides(void **state)
{
  (void)state;
  struct film *film = begin_talk();
  film_run(film, 20);
  film_solve(film);
  assert_int_equal(df_plan_people(film->plan), 2);
  assert_seated(film, 0, 1);
  assert_in_range(film->world.asked, 4, 30);
  film_end(film);
}

static void swap_exchanges_the_sides(void **state)
{
  (void)state;
  struct film *film = film_begin((struct df_identifier_options){.swap = true}, 30);
  world_place(&film->world, 0, 1, 320, 120);
  world_place(&film->world, 1, 2, 960, 130);
  film_run(film, 5);
  film_solve(film);
  assert_seated(film, 1, 0);
  film_end(film);
}

static void exchanged_tracks_are_cut_where_they_met(void **state)
{
  (void)state;
  struct film *film = begin_talk();
  film_run(film, 3);
  for (int i = 0; i <= 60; i++) {
    film->world.actors[0].x = 320 + (float)i * 640 / 60;
    film->world.actors[1].x = 960 - (float)i * 640 / 60;
    if (i == 30) {
      film->world.actors[0].track = 2;
      film->world.actors[1].track = 1;
    }
    film_step(film);
  }
  film_run(film, 3);
  film_solve(film);
  assert_int_equal(df_plan_people(film->plan), 2);
  assert_seated(film, 0, 1); /* in every frame, also of those in which they meet */
  film_end(film);
}

static void who_comes_back_is_known_from_the_first_frame(void **state)
{
  (void)state;
  struct film *film = begin_talk();
  film_run(film, 3);
  film->world.actors[1].here = false;
  film_run(film, 5);
  world_place(&film->world, 1, 7, 120, 110);
  film->world.actors[1].profile = true; /* comes in profile, and turns after two seconds */
  film_run(film, 2);
  film->world.actors[1].profile = false;
  film_run(film, 2);
  film_solve(film);
  assert_seated(film, 0, 1);
  film_end(film);
}

static void cuts_and_reverse_angles_keep_people_apart(void **state)
{
  (void)state;
  struct film *film = begin_talk();
  film_run(film, 3);
  for (int i = 0; i < 6; i++) {
    float x = film->world.actors[0].x;
    film->world.actors[0].x = film->world.actors[1].x;
    film->world.actors[1].x = x;
    world_cut(&film->world);
    film_run(film, 2);
  }
  film_solve(film);
  assert_int_equal(df_plan_people(film->plan), 2);
  assert_seated(film, 0, 1);
  film_end(film);
}

static void the_two_seen_most_have_the_seats_whoever_comes_first(void **state)
{
  (void)state;
  struct film *film = film_begin((struct df_identifier_options){0}, 30);
  world_place(&film->world, 2, 1, 640, 120); /* the host, who says a few words */
  film_run(film, 4);
  film->world.actors[2].here = false;
  world_place(&film->world, 0, 2, 320, 120);
  world_place(&film->world, 1, 3, 960, 120);
  film_run(film, 20);
  film_solve(film);
  assert_int_equal(df_plan_people(film->plan), 3);
  assert_seated(film, 0, 1);
  film_end(film);
}

static void one_person_has_the_side_where_he_was_first(void **state)
{
  (void)state;
  for (int side = 0; side < 2; side++) {
    struct film *film = film_begin((struct df_identifier_options){0}, 30);
    world_place(&film->world, 0, 1, side == 0 ? 300 : 900, 120);
    film_run(film, 3);
    film_walk(film, 0, side == 0 ? 900 : 300, 5);
    film_run(film, 3);
    film_solve(film);
    assert_seated(film, side == 0 ? 0 : -1, side == 0 ? -1 : 0);
    film_end(film);
  }
}

static void nobody_at_all_is_an_empty_plan(void **state)
{
  (void)state;
  struct film *film = film_begin((struct df_identifier_options){0}, 30);
  film_run(film, 10);
  film_solve(film);
  assert_int_equal(df_plan_people(film->plan), 0);
  assert_seated(film, -1, -1);
  film_end(film);
}

static void without_looks_places_and_tracks_decide(void **state)
{
  (void)state;
  struct film *film = begin_talk();
  film->world.no_embedder = true;
  film_run(film, 3);
  for (int i = 0; i < 3; i++) {
    world_cut(&film->world);
    film_run(film, 2);
  }
  film_solve(film);
  assert_int_equal(df_plan_people(film->plan), 2);
  assert_seated(film, 0, 1);
  film_end(film);
}

static void ten_people_are_ten_people(void **state)
{
  (void)state;
  struct film *film = film_begin((struct df_identifier_options){0}, 30);
  for (int i = 0; i < 10; i++)
    world_place(&film->world, i, i + 1, 60 + 125 * (float)i, i == 3 || i == 6 ? 100 : 60);
  film_run(film, 4);
  for (int shot = 0; shot < 5; shot++) {
    world_cut(&film->world);
    film_run(film, 2);
  }
  film_solve(film);
  assert_int_equal(df_plan_people(film->plan), 10);
  assert_seated(film, 3, 6); /* whose faces are largest */
  film_end(film);
}

static void photos_name_the_seats_and_a_seat_without_its_person_stays_empty(void **state)
{
  (void)state;
  struct film *film = begin_talk();
  world_place(&film->world, 2, 3, 640, 200);
  uint32_t random = 5;
  struct df_embedding photo = world_look(1, 0.3f, &random), stranger = world_look(50, 0, &random);
  struct df_embedding none = {0};
  assert_true(df_survey_name(film->survey, DF_LEFT, &none) < 0);
  assert_int_equal(df_survey_name(film->survey, DF_LEFT, &photo), 0);
  assert_int_equal(df_survey_name(film->survey, DF_RIGHT, &stranger), 0);
  film_run(film, 5);
  film_solve(film);
  assert_seated(film, 1, -1);
  film_end(film);
}

/* A talk with an exit, a return on the other side, a cut and a passer-by, at any rate, mirrored or not. */
static struct film *make_story(double fps, bool mirrored)
{
  struct film *film = film_begin((struct df_identifier_options){0}, fps);
  film->width = mirrored ? world_width : 0;
  world_place(&film->world, 0, 1, 320, 120);
  world_place(&film->world, 1, 2, 960, 130);
  film_run(film, 3);
  film_walk(film, 1, 1250, 1);
  film->world.actors[1].here = false;
  film_run(film, 2);
  world_place(&film->world, 1, 3, 100, 130);
  film_run(film, 2);
  world_cut(&film->world);
  film_run(film, 2);
  world_place(&film->world, 2, 9, 1200, 150);
  film_walk(film, 2, 700, 1);
  film->world.actors[2].here = false;
  film_run(film, 2);
  film_solve(film);
  return film;
}

static void a_mirrored_film_has_the_same_people_on_the_other_side(void **state)
{
  (void)state;
  struct film *film = make_story(30, false), *mirrored = make_story(30, true);
  assert_seated(film, 0, 1);
  assert_seated(mirrored, 1, 0);
  for (int actor = 0; actor < 3; actor++)
    assert_int_equal(film_person(film, actor), film_person(mirrored, actor));
  film_end(film);
  film_end(mirrored);
}

static void people_are_the_same_at_any_frame_rate(void **state)
{
  (void)state;
  static const double rates[] = {10, 25, 30, 60};
  for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
    struct film *film = make_story(rates[i], false);
    assert_seated(film, 0, 1);
    assert_int_equal(df_plan_people(film->plan), 3);
    film_person(film, 2);
    film_end(film);
  }
}

static void a_log_without_answers_is_asked_again(void **state)
{
  (void)state;
  struct film *film = begin_talk();
  film->unanswered = true;
  film_run(film, 1);
  int asked = film->world.asked;
  film->unanswered = false;
  film_step(film);
  assert_int_equal(film->world.asked, asked + 2);
  film_run(film, 2);
  film_solve(film);
  assert_seated(film, 0, 1);
  film_end(film);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_who_talk_have_their_sides),
      cmocka_unit_test(swap_exchanges_the_sides),
      cmocka_unit_test(exchanged_tracks_are_cut_where_they_met),
      cmocka_unit_test(who_comes_back_is_known_from_the_first_frame),
      cmocka_unit_test(cuts_and_reverse_angles_keep_people_apart),
      cmocka_unit_test(the_two_seen_most_have_the_seats_whoever_comes_first),
      cmocka_unit_test(one_person_has_the_side_where_he_was_first),
      cmocka_unit_test(nobody_at_all_is_an_empty_plan),
      cmocka_unit_test(without_looks_places_and_tracks_decide),
      cmocka_unit_test(ten_people_are_ten_people),
      cmocka_unit_test(photos_name_the_seats_and_a_seat_without_its_person_stays_empty),
      cmocka_unit_test(a_mirrored_film_has_the_same_people_on_the_other_side),
      cmocka_unit_test(people_are_the_same_at_any_frame_rate),
      cmocka_unit_test(a_log_without_answers_is_asked_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
