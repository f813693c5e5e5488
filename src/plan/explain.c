/* --explain: the Plan, for people or for programs. */
#include "plan/build.h"
void
plan_explain (const Plan *plan, gboolean json, FILE *out)
{
  (void) plan; (void) json; (void) out;
}
