/* The one thing that client.c asks of where it runs. */
#ifndef SAY_H
#define SAY_H

void say(const char *text);

#endif
