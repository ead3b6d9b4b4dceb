/* Where there is a C library. */
#include <stdio.h>

#include "say.h"

void say(const char *text)
{
    fputs(text, stdout);
}
