/* Libraries that misbehave as they are loaded, by the macro that this is compiled with. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void misbehave(void)
{
#if defined(ABORTS)
  fprintf(stderr, "the driver is\nnot as I like it\n");
  abort();
#elif defined(EXITS)
  fprintf(stderr, "goodbye\n");
  _exit(3);
#elif defined(HANGS)
  for (;;)
    pause();
#elif defined(TALKS)
  fprintf(stderr, "hello from a library\n");
  printf("and on stdout\n");
#endif
}

#ifdef NEEDS
int df_test_need(void);
int df_test_needing(void);
int df_test_needing(void)
{
  return df_test_need();
}
#endif
