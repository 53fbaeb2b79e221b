/* What another test library needs. */
int df_test_need(void);
int df_test_need(void)
{
  return 42;
}
