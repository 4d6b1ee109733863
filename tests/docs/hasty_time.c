/* In place of the C library's: an hour passes in some twenty seconds, so that a test can wait for a timeout. */
#include <time.h>

time_t time(time_t* result) {
  struct timespec now;
  timespec_get(&now, TIME_UTC);
  time_t seconds = now.tv_sec % 1000000 * 200 + now.tv_nsec / 5000000; /* a 32-bit time_t has room for them */
  if (result != NULL) *result = seconds;
  return seconds;
}
